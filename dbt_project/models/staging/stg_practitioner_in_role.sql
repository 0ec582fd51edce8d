-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per practitioner in role of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('practitioner_in_role') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(employer_organisation_id as varchar) as employer_organisation_id,
        cast(role_code as varchar) as role_code,
        cast(role as varchar) as role,
        cast(date_employment_start as date) as date_employment_start,
        cast(date_employment_end as date) as date_employment_end,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
