-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per location contact of the release, its current version.
with release as (
    select * from {{ lake('location_contact') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(location_id as varchar) as location_id,
        cast(is_primary_contact as boolean) as is_primary_contact,
        cast(contact_type_source_concept_id as varchar) as contact_type_source_concept_id,
        cast(contact_type as varchar) as contact_type,
        cast(value as varchar) as value,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
)

select * from typed
