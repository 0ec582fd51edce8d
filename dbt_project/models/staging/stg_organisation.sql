-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per organisation of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('organisation') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(organisation_code as varchar) as organisation_code,
        cast(assigning_authority_code as varchar) as assigning_authority_code,
        cast(name as varchar) as name,
        cast(primary_location_type_source_concept_id as varchar)
            as primary_location_type_source_concept_id,
        cast(type_description as varchar) as type_description,
        cast(postcode as varchar) as postcode,
        cast(parent_organisation_id as varchar) as parent_organisation_id,
        cast(open_date as date) as open_date,
        cast(close_date as date) as close_date,
        cast(is_obsolete as boolean) as is_obsolete,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
