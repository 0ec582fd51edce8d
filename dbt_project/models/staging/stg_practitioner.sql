-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per practitioner of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('practitioner') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(gmc_code as varchar) as gmc_code,
        cast(title as varchar) as title,
        cast(first_name as varchar) as first_name,
        cast(surname as varchar) as surname,
        cast(name as varchar) as name,
        cast(is_obsolete as boolean) as is_obsolete,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
