-- Grain: one row per commissioner; its number is the key only where it has no ODS code.
-- Rule source: tpp_to_olids.csv. A removed row has its number alone: its code is the last it had.
-- A code that SROrganisation has too is that file's.
with last_known as (
    select
        row_identifier,
        arg_max(ods_code, (lds_extracted_at, lds_load_sequence, lds_row_number)) as ods_code
    from raw_all.sr_ccg
    where ods_code is not null
    group by row_identifier
),

coded as (
    select
        unit.*,
        coalesce(unit.removed_data, false) as is_removed,
        upper(trim(coalesce(
            unit.ods_code, case when unit.removed_data then last_known.ods_code end
        ))) as code
    from raw.sr_ccg as unit
    left join last_known on unit.row_identifier = last_known.row_identifier
),

taken as (
    select upper(trim(id)) as code
    from raw.sr_organisation
    where trim(id) <> ''
),

-- two rows with one code: the one in use, then the older one
unit as (
    select
        *,
        row_number() over (
            partition by coalesce(code, cast(row_identifier as varchar))
            order by is_removed, row_identifier
        ) as place
    from coded
    where code is null or code not in (select taken.code from taken)
),

renamed as (
    select
        -- keys
        coalesce(
            lds_organisation_id(unit.code),
            lds_id('organisation', 'shared', 'SRCcg', unit.row_identifier)
        ) as id,
        unit.code as organisation_code,
        case when unit.code is not null then 'ODS' end as assigning_authority_code,
        cast(null as varchar) as parent_organisation_id,
        -- what
        trim(unit.name) as name,
        cast(null as varchar) as primary_location_type_source_concept_id,
        case when not unit.is_removed then 'Commissioner' end as type_description,
        trim(unit.full_post_code) as postcode,
        -- when
        cast(null as date) as open_date,
        cast(null as date) as close_date,
        -- flags
        false as is_obsolete,
        unit.is_removed as lds_is_deleted,
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
