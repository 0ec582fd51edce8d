-- Grain: one row per patient of the release.
-- Rule source: marts_spec A1: one person per patient, a birth year, no test patient. Who does not
-- count stays here with the reason, so that what every other mart leaves out can be counted.
with patient as (
    select * from {{ ref('stg_patient') }}
),

bridge as (
    select * from {{ ref('stg_patient_person') }}
),

judged as (
    select
        patient.id as patient_id,
        bridge.person_id,
        patient.publisher_organisation_code as practice_code,
        coalesce(patient.is_spine_sensitive, false) as is_spine_sensitive,
        case
            when coalesce(patient.is_test_patient, false) then 'test patient'
            when bridge.person_id is null then 'no person'
            when coalesce(patient.birth_year, extract(year from patient.birth_date)) is null
                then 'no birth year'
        end as exclusion_reason
    from patient
    left join bridge on patient.id = bridge.id
),

bridged as (
    select
        cast(patient_id as varchar) as patient_id,
        cast(person_id as varchar) as person_id,
        cast(practice_code as varchar) as practice_code,
        cast(exclusion_reason is null as boolean) as is_counted,
        cast(exclusion_reason as varchar) as exclusion_reason,
        cast(is_spine_sensitive as boolean) as is_spine_sensitive
    from judged
)

select * from bridged
