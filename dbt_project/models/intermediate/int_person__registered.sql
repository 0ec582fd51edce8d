-- Grain: one row per person: where they are registered today, or why they are not.
-- Rule source: marts_spec A1: the newest current registration; active means registered, alive and
-- no test patient. Of several reasons the first of test, deceased, deregistered, none is told.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

bridge as (
    select * from {{ ref('int_patient__bridged') }}
    where person_id is not null
),

registration as (
    select * from {{ ref('int_registration__sequenced') }}
),

deceased as (
    select * from {{ ref('int_person__deceased') }}
),

person as (
    select
        person_id,
        min(case when exclusion_reason = 'test patient' then 1 else 0 end) = 1 as is_test,
        max(case when is_counted then 1 else 0 end) = 1 as is_counted,
        max(case when is_spine_sensitive then 1 else 0 end) = 1 as is_spine_sensitive,
        count(*) as patient_count
    from bridge
    group by person_id
),

ranked as (
    select
        registration.*,
        row_number() over (
            partition by person_id
            order by
                is_current desc nulls last,
                start_date desc nulls last,
                registration_id asc nulls last
        ) as preference
    from registration
),

newest as (
    select * from ranked
    where preference = 1
),

judged as (
    select
        person.*,
        newest.registration_id,
        newest.practice_code,
        newest.start_date,
        coalesce(newest.is_current, false) as is_current,
        newest.registration_id is not null as has_registration,
        deceased.death_date,
        coalesce(deceased.death_date <= context.as_of, false) as is_deceased
    from person
    cross join context
    left join newest on person.person_id = newest.person_id
    left join deceased on person.person_id = deceased.person_id
),

registered as (
    select
        cast(person_id as varchar) as person_id,
        cast(case when is_current then registration_id end as varchar) as registration_id,
        cast(case when is_current then practice_code end as varchar) as practice_code,
        cast(practice_code as varchar) as latest_practice_code,
        cast(case when is_current then start_date end as date) as registered_date,
        cast(is_current as boolean) as is_active,
        cast(
            case
                when is_current then null
                when is_test then 'test'
                when is_deceased then 'deceased'
                when has_registration then 'deregistered'
                else 'none'
            end as varchar
        ) as inactive_reason,
        cast(is_deceased as boolean) as is_deceased,
        cast(death_date as date) as death_date,
        cast(is_counted as boolean) as is_counted,
        cast(has_registration as boolean) as has_registration,
        cast(is_spine_sensitive as boolean) as is_spine_sensitive,
        cast(patient_count as bigint) as patient_count
    from judged
)

select * from registered
