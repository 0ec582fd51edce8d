-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per patient person of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('patient_person') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(patient_id as varchar) as patient_id,
        cast(person_id as varchar) as person_id,
        cast(lds_business_id_person as varchar) as lds_business_id_person,
        cast(lds_source_record_id_person as varchar) as lds_source_record_id_person,
        cast(gp_practice_code as varchar) as gp_practice_code,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
