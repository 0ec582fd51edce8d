-- Grain: one row per kind of contact (its nature and way), and each date precision.
-- Rule source: tpp_to_olids.csv; no code is supplied, so the words are the code.
with word as (
    select
        'urn:lds:tpp:encounter-kind' as system,
        nullif(concat_ws(
            ', ',
            case when entry.clinical_event then 'Clinical'
                when not entry.clinical_event then 'Administrative'
            end,
            trim(coalesce(listed.configured_list_option, entry.contact_method))
        ), '') as code,
        code as display,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from raw.sr_event as entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.contact_method)
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from raw.sr_event as entry
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
),

renamed as (
    select
        -- keys
        lds_concept_id(system, code) as concept_id,
        system,
        code,
        -- what
        min(display) as display,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        -- flags
        false as lds_is_deleted,
        -- provenance
        'shared' as publisher_organisation_code,
        min(lds_source_record_id) as lds_source_record_id,
        min(lds_source_key) as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        min(lds_row_number) as lds_row_number
    from word
    where code is not null
    group by system, code
)

select * from renamed
