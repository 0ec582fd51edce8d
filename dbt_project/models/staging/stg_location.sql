-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per location of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('location') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(name as varchar) as name,
        cast(location_type_source_concept_id as varchar) as location_type_source_concept_id,
        cast(type_description as varchar) as type_description,
        cast(is_primary_location as boolean) as is_primary_location,
        cast(house_name as varchar) as house_name,
        cast(house_number as varchar) as house_number,
        cast(house_name_flat_number as varchar) as house_name_flat_number,
        cast(street as varchar) as street,
        cast(address_line_1 as varchar) as address_line_1,
        cast(address_line_2 as varchar) as address_line_2,
        cast(address_line_3 as varchar) as address_line_3,
        cast(address_line_4 as varchar) as address_line_4,
        cast(postcode as varchar) as postcode,
        cast(managing_organisation_id as varchar) as managing_organisation_id,
        cast(open_date as date) as open_date,
        cast(close_date as date) as close_date,
        cast(is_obsolete as boolean) as is_obsolete,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
