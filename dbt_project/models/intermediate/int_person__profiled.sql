-- Grain: one row per person with a counted patient.
-- Rule source: marts_spec A1: age is completed years on the day, at death for the dead.
with context as (
    select as_of from {{ ref('int_release__dated') }}
),

person as (
    select * from {{ ref('int_person__registered') }}
    where is_counted
),

described as (
    select * from {{ ref('int_person__described') }}
),

ethnicity as (
    select * from {{ ref('int_ethnicity__chosen') }}
),

located as (
    select * from {{ ref('int_person__located') }}
),

joined as (
    select
        person.*,
        described.birth_date,
        described.is_birth_date_approximate,
        described.gender,
        case when person.is_deceased then person.death_date else context.as_of end as age_date,
        coalesce(ethnicity.ethnic_category, 'Not recorded') as ethnic_category,
        coalesce(ethnicity.ethnic_subcategory, 'Not recorded') as ethnic_subcategory,
        located.postcode_district
    from person
    cross join context
    inner join described on person.person_id = described.person_id
    left join ethnicity on person.person_id = ethnicity.person_id
    left join located on person.person_id = located.person_id
),

aged as (
    select
        joined.*,
        -- a birth after the day (or after death) is a fault of the record, not an age
        case when birth_date <= age_date then {{ age_years('birth_date', 'age_date') }} end
            as age_years
    from joined
),

typed as (
    select
        cast(person_id as varchar) as person_id,
        cast(birth_date as date) as birth_date,
        cast(is_birth_date_approximate as boolean) as is_birth_date_approximate,
        cast(age_years as integer) as age_years,
        cast(
            case
                when age_years >= 90 then '90+'
                when age_years >= 10
                    then
                        cast(age_years - age_years % 5 as varchar) || '-'
                        || cast(age_years - age_years % 5 + 4 as varchar)
                when age_years >= 5 then '05-09'
                when age_years >= 0 then '00-04'
            end as varchar
        ) as age_band_5_years,
        cast(gender as varchar) as gender,
        cast(ethnic_category as varchar) as ethnic_category,
        cast(ethnic_subcategory as varchar) as ethnic_subcategory,
        cast(postcode_district as varchar) as postcode_district,
        cast(practice_code as varchar) as practice_code,
        cast(latest_practice_code as varchar) as latest_practice_code,
        cast(registered_date as date) as registered_date,
        cast(death_date as date) as death_date,
        cast(is_active as boolean) as is_active,
        cast(inactive_reason as varchar) as inactive_reason,
        cast(is_deceased as boolean) as is_deceased,
        cast(has_registration as boolean) as has_registration,
        cast(is_spine_sensitive as boolean) as is_spine_sensitive,
        cast(patient_count as bigint) as patient_count
    from aged
)

select * from typed
