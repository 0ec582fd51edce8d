-- Grain: one row per site and practice that uses it.
-- Rule source: emis_to_olids.csv; the organisation comes from the link that is not deleted.
with location as (
    select * from raw.admin_location
),

link as (
    select * from raw.admin_organisation_location
    where not coalesce(deleted, false)
),

renamed as (
    select
        -- keys
        lds_id('location', location.publisher_organisation_code, location.location_guid) as id,
        case
            when link.location_guid is not null
                then lds_organisation_id(location.publisher_organisation_code)
        end as managing_organisation_id,
        -- what it is
        trim(location.location_name) as name,
        lds_concept_id('urn:lds:emis:location-type', trim(location.location_type_description))
            as location_type_source_concept_id,
        trim(location.location_type_description) as type_description,
        cast(null as varchar) as house_name,
        cast(null as varchar) as house_number,
        trim(location.house_name_flat_number) as house_name_flat_number,
        trim(location.number_and_street) as street,
        nullif(concat_ws(
            ', ',
            nullif(trim(location.house_name_flat_number, ' ,'), ''),
            nullif(trim(location.number_and_street, ' ,'), '')
        ), '') as address_line_1,
        trim(location.village) as address_line_2,
        trim(location.town) as address_line_3,
        trim(location.county) as address_line_4,
        lds_clean_postcode(location.postcode) as postcode,
        -- when
        location.open_date,
        location.close_date,
        -- flags
        case
            when not coalesce(location.deleted, false)
                then coalesce(link.is_main_location, false)
        end as is_primary_location,
        coalesce(location.close_date <= cast(location.lds_extracted_at as date), false)
            as is_obsolete,
        coalesce(location.deleted, false) as lds_is_deleted,
        -- provenance
        location.publisher_organisation_code,
        location.lds_source_record_id,
        location.lds_source_key,
        location.lds_load_sequence,
        location.lds_extracted_at,
        location.lds_row_number
    from location
    left join link
        on
            location.publisher_organisation_code = link.publisher_organisation_code
            and location.location_guid = link.location_guid
)

select * from renamed
