-- Grain: one row per practice and month end with anybody registered.
-- Rule source: marts_spec A1: people whose registration covers the day. A person registered twice
-- is on one list, that of the newest registration; registered_count counts them at both.
with month as (
    select * from {{ ref('int_month__spined') }}
),

registration as (
    select * from {{ ref('int_registration__sequenced') }}
),

deceased as (
    select * from {{ ref('int_person__deceased') }}
),

covering as (
    select
        month.month_end,
        registration.practice_code,
        registration.person_id,
        row_number() over (
            partition by month.month_end, registration.person_id
            order by
                registration.start_date desc nulls last,
                registration.registration_id asc nulls last
        ) as preference
    from registration
    left join deceased on registration.person_id = deceased.person_id
    inner join month
        on
            registration.start_date <= month.month_end
            and (
                registration.effective_end_date is null
                or registration.effective_end_date > month.month_end
            )
            and (deceased.death_date is null or deceased.death_date > month.month_end)
),

counted as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(month_end as date) as month_end,
        cast(sum(case when preference = 1 then 1 else 0 end) as bigint) as patient_count,
        cast(count(distinct person_id) as bigint) as registered_count
    from covering
    group by practice_code, month_end
)

select * from counted
