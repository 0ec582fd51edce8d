-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per patient of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('patient') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(person_id as varchar) as person_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(provider_organisation_id as varchar) as provider_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(registered_practice_organisation_id as varchar) as registered_practice_organisation_id,
        cast(local_patient_id as varchar) as local_patient_id,
        cast(nhs_number as varchar) as nhs_number,
        cast(sk_patient_id as bigint) as sk_patient_id,
        cast(title as varchar) as title,
        cast(first_name as varchar) as first_name,
        cast(middle_name as varchar) as middle_name,
        cast(last_name as varchar) as last_name,
        cast(gender_source_concept_id as varchar) as gender_source_concept_id,
        cast(birth_date as date) as birth_date,
        cast(birth_year as bigint) as birth_year,
        cast(birth_month as bigint) as birth_month,
        cast(birth_week_iso as bigint) as birth_week_iso,
        cast(birth_day as bigint) as birth_day,
        cast(death_date as date) as death_date,
        cast(death_year as bigint) as death_year,
        cast(death_month as bigint) as death_month,
        cast(death_week_iso as bigint) as death_week_iso,
        cast(is_confidential as boolean) as is_confidential,
        cast(is_test_patient as boolean) as is_test_patient,
        cast(is_spine_sensitive as boolean) as is_spine_sensitive,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
