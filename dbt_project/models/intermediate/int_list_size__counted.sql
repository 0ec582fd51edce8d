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

-- the first day no longer on the list
period as (
    select
        registration.registration_id,
        registration.person_id,
        registration.practice_code,
        registration.start_date,
        case
            when
                deceased.death_date < registration.effective_end_date
                or registration.effective_end_date is null
                then coalesce(deceased.death_date, cast('9999-12-31' as date))
            else registration.effective_end_date
        end as until_date
    from registration
    left join deceased on registration.person_id = deceased.person_id
),

followed as (
    select
        person_id,
        start_date,
        max(until_date) over (
            partition by person_id
            order by start_date asc nulls last, registration_id asc nulls last
            rows between unbounded preceding and 1 preceding
        ) as covered_until_date
    from period
),

-- few people are registered twice at once: only theirs are ranked, month by month
twice as (
    select distinct person_id from followed
    where covered_until_date > start_date
),

-- everybody else is counted by the months they came and left in: as lists are read on month ends,
-- the day within the month makes no difference
grouped as (
    select
        period.practice_code,
        {{ month_end('period.start_date') }} as start_month_end,
        {{ month_end('period.until_date') }} as until_month_end,
        count(*) as person_count
    from period
    left join twice on period.person_id = twice.person_id
    where twice.person_id is null
    group by
        period.practice_code,
        {{ month_end('period.start_date') }},
        {{ month_end('period.until_date') }}
),

ranked as (
    select
        month.month_end,
        period.practice_code,
        period.person_id,
        row_number() over (
            partition by month.month_end, period.person_id
            order by period.start_date desc nulls last, period.registration_id asc nulls last
        ) as preference
    from period
    inner join twice on period.person_id = twice.person_id
    inner join month
        on period.start_date <= month.month_end and period.until_date > month.month_end
),

summed as (
    select
        grouped.practice_code,
        month.month_end,
        sum(grouped.person_count) as patient_count,
        sum(grouped.person_count) as registered_count
    from grouped
    inner join month
        on
            grouped.start_month_end <= month.month_end
            and grouped.until_month_end > month.month_end
    group by grouped.practice_code, month.month_end
    union all
    select
        practice_code,
        month_end,
        sum(case when preference = 1 then 1 else 0 end) as patient_count,
        count(distinct person_id) as registered_count
    from ranked
    group by practice_code, month_end
),

counted as (
    select
        cast(practice_code as varchar) as practice_code,
        cast(month_end as date) as month_end,
        cast(sum(patient_count) as bigint) as patient_count,
        cast(sum(registered_count) as bigint) as registered_count
    from summed
    group by practice_code, month_end
)

select * from counted
