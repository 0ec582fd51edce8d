-- Grain: one row per person with a counted patient, a birth date and a registration, as of today.
with person as (
    select * from {{ ref('int_person__profiled') }}
    where has_registration and birth_date is not null
),

practice as (
    select * from {{ ref('int_practice__described') }}
)

select
    -- who
    cast(person.person_id as varchar) as person_id,
    cast(person.birth_date as date) as birth_date,
    cast(person.is_birth_date_approximate as boolean) as is_birth_date_approximate,
    cast(person.age_years as integer) as age_years,
    cast(person.age_band_5_years as varchar) as age_band_5_years,
    cast(person.gender as varchar) as gender,
    cast(person.ethnic_category as varchar) as ethnic_category,
    cast(person.ethnic_subcategory as varchar) as ethnic_subcategory,
    cast(person.postcode_district as varchar) as postcode_district,
    -- where registered
    cast(person.practice_code as varchar) as practice_code,
    cast(practice.practice_name as varchar) as practice_name,
    cast(practice.pcn_code as varchar) as pcn_code,
    cast(practice.pcn_name as varchar) as pcn_name,
    cast(practice.icb_code as varchar) as icb_code,
    cast(practice.icb_name as varchar) as icb_name,
    cast(person.latest_practice_code as varchar) as latest_practice_code,
    cast(person.registered_date as date) as registered_date,
    -- state
    cast(person.is_active as boolean) as is_active,
    cast(person.inactive_reason as varchar) as inactive_reason,
    cast(person.is_deceased as boolean) as is_deceased,
    cast(person.death_date as date) as death_date,
    cast(person.is_spine_sensitive as boolean) as is_spine_sensitive,
    cast(person.patient_count as bigint) as patient_count
from person
left join practice on person.practice_code = practice.practice_code
