-- Grain: one row per register and person with a diagnosis: on the register, or why not.
-- Rule source: marts_spec A3 and the definition seed. Everybody is assessed, registered or not;
-- is_active is a column, never a hidden filter. The dead have the age they died at.
with definition as (
    select * from {{ ref('register_definition') }}
),

dated as (
    select * from {{ ref('int_register__dated') }}
),

person as (
    select * from {{ ref('int_person__profiled') }}
),

subtyped as (
    select * from {{ ref('int_register__subtyped') }}
),

judged as (
    select
        dated.*,
        subtyped.subtype,
        person.age_years,
        person.is_active,
        person.is_deceased,
        person.practice_code,
        case
            when
                dated.latest_resolved_date > dated.latest_diagnosis_date
                or (
                    definition.same_day_rule = 'resolved'
                    and dated.latest_resolved_date = dated.latest_diagnosis_date
                )
                then 'resolved'
            when definition.min_age is not null and person.age_years is null then 'no age'
            when person.age_years < definition.min_age then 'too young'
            when person.age_years > definition.max_age then 'too old'
        end as off_register_reason
    from dated
    inner join definition on dated.register_code = definition.register_code
    inner join person on dated.person_id = person.person_id
    left join subtyped
        on
            dated.register_code = subtyped.register_code
            and dated.person_id = subtyped.person_id
),

assessed as (
    select
        cast(register_code as varchar) as register_code,
        cast(person_id as varchar) as person_id,
        cast(practice_code as varchar) as practice_code,
        cast(age_years as integer) as age_years,
        cast(subtype as varchar) as subtype,
        cast(earliest_diagnosis_date as date) as earliest_diagnosis_date,
        cast(latest_diagnosis_date as date) as latest_diagnosis_date,
        cast(latest_resolved_date as date) as latest_resolved_date,
        cast(off_register_reason is null as boolean) as is_on_register,
        cast(off_register_reason as varchar) as off_register_reason,
        cast(is_active as boolean) as is_active,
        cast(is_deceased as boolean) as is_deceased
    from judged
)

select * from assessed
