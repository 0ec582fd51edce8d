-- Grain: one row per trust; its number is the key only where it has no ODS code.
-- Rule source: tpp_to_olids.csv. A code that SROrganisation or SRCcg has too keeps that row: the
-- core takes the first feed that yields an id.
with unit as (
    select
        *,
        row_number() over (
            partition by coalesce(upper(trim(ods_code)), cast(row_identifier as varchar))
            order by row_identifier
        ) as place
    from raw.sr_trust
    where not coalesce(removed_data, false)
),

renamed as (
    select
        -- keys
        coalesce(
            lds_organisation_id(unit.ods_code),
            lds_id('organisation', 'shared', 'SRTrust', unit.row_identifier)
        ) as id,
        upper(trim(unit.ods_code)) as organisation_code,
        case when unit.ods_code is not null then 'ODS' end as assigning_authority_code,
        cast(null as varchar) as parent_organisation_id,
        -- what
        trim(unit.name) as name,
        cast(null as varchar) as primary_location_type_source_concept_id,
        'Trust' as type_description,
        trim(unit.full_post_code) as postcode,
        -- when
        cast(null as date) as open_date,
        cast(null as date) as close_date,
        -- flags
        false as is_obsolete,
        false as lds_is_deleted,
        -- provenance
        unit.publisher_organisation_code,
        unit.lds_source_record_id,
        unit.lds_source_key,
        unit.lds_load_sequence,
        unit.lds_extracted_at,
        unit.lds_row_number
    from unit
    where unit.place = 1
)

select * from renamed
