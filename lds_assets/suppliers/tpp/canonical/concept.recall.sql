-- Grain: one row per state of a recall, and each date precision. Rule source: tpp_to_olids.csv.
with entry as (
    select * from raw.sr_recall
    where not coalesce(removed_data, false)
),

word as (
    select
        entry.*,
        'urn:lds:tpp:recall-status' as system,
        tpp_word(listed.mapping, entry.recall_status) as code,
        code as display
    from entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = trim(entry.recall_status)
    union all by name
    select
        entry.*,
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display
    from entry
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
