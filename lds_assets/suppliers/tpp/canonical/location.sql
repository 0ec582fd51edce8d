-- Grain: one row per organisation with an ODS code: its main site.
-- Rule source: tpp_to_olids.csv.
with organisation as (
    select
        *,
        row_number() over (
            partition by upper(trim(id))
            order by coalesce(made_obsolete, false), row_identifier
        ) as place
    from raw.sr_organisation
    where nullif(trim(id), '') is not null
),

renamed as (
    select
        -- keys
        lds_id('location', 'shared', 'SROrganisation', upper(trim(organisation.id))) as id,
        lds_organisation_id(organisation.id) as managing_organisation_id,
        -- where
        trim(organisation.name) as name,
        cast(null as varchar) as location_type_source_concept_id,
        cast(null as varchar) as type_description,
        organisation.house_name,
        organisation.house_number,
        cast(null as varchar) as house_name_flat_number,
        organisation.name_of_road as street,
        organisation.house_name as address_line_1,
        nullif(concat_ws(' ', organisation.house_number, organisation.name_of_road), '')
            as address_line_2,
        organisation.name_of_locality as address_line_3,
        organisation.name_of_town as address_line_4,
        trim(organisation.full_post_code) as postcode,
        -- when
        cast(null as date) as open_date,
        cast(null as date) as close_date,
        -- flags
        true as is_primary_location,
        coalesce(organisation.made_obsolete, false) as is_obsolete,
        coalesce(organisation.removed_data, false) as lds_is_deleted,
        -- provenance
        organisation.publisher_organisation_code,
        organisation.lds_source_record_id,
        organisation.lds_source_key,
        organisation.lds_load_sequence,
        organisation.lds_extracted_at,
        organisation.lds_row_number
    from organisation
    where organisation.place = 1
)

select * from renamed
