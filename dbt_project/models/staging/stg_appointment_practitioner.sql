-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per appointment practitioner of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('appointment_practitioner') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(patient_id as varchar) as patient_id,
        cast(person_id as varchar) as person_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(provider_organisation_id as varchar) as provider_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(appointment_id as varchar) as appointment_id,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(lds_source_record_id_practitioner as varchar) as lds_source_record_id_practitioner,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
