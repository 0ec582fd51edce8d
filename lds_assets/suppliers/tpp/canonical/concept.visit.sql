-- Grain: one row per visit status, and the contact mode of visits. Rule source: tpp_to_olids.csv.
with word as (
    select
        'urn:lds:tpp:visit-status' as system,
        trim(coalesce(listed.mapping, entry.current_status)) as code,
        trim(coalesce(listed.mapping, entry.current_status)) as display,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from raw.sr_visit as entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = entry.current_status
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:contact-mode' as system,
        'home visit' as code,
        'Home visit' as display,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.sr_visit
    where not coalesce(removed_data, false)
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
