-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per schedule of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('schedule') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(provider_organisation_id as varchar) as provider_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(location_id as varchar) as location_id,
        cast(location_name as varchar) as location_name,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(start_datetime as timestamp) as start_datetime,
        cast(end_datetime as timestamp) as end_datetime,
        cast(type as varchar) as type,
        cast(name as varchar) as name,
        cast(is_private as boolean) as is_private,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
