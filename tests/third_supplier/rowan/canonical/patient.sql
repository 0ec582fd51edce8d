-- Grain: one row per patient of a practice.
-- Rowan sends registrations apart: no practice but the publisher is known here.
with renamed as (
    select
        lds_id('patient', publisher_organisation_code, uid) as id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_organisation_id(publisher_organisation_code) as registered_practice_organisation_id,
        uid as local_patient_id,
        lds_nhs_number(nhs_number) as nhs_number,
        trim(title) as title,
        trim(given_name) as first_name,
        cast(null as varchar) as middle_name,
        trim(family_name) as last_name,
        lds_concept_id('urn:lds:rowan:sex', lower(trim(sex))) as gender_source_concept_id,
        born_on as birth_date,
        year(born_on) as birth_year,
        month(born_on) as birth_month,
        weekofyear(born_on) as birth_week_iso,
        day(born_on) as birth_day,
        died_on as death_date,
        year(died_on) as death_year,
        month(died_on) as death_month,
        weekofyear(died_on) as death_week_iso,
        cast(null as boolean) as is_confidential,
        cast(null as boolean) as is_test_patient,
        cast(null as boolean) as is_spine_sensitive,
        coalesce(lower(trim(change_type)) = 'removed', false) as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.patient_detail
)

select * from renamed
