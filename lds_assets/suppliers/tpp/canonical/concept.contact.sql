-- Grain: one row per kind of telephone number.
-- Rule source: tpp_to_olids.csv; the word is the code.
with word as (
    select
        'urn:lds:tpp:contact-type' as system,
        trim(coalesce(listed.mapping, entry.contact_type)) as code,
        trim(coalesce(listed.mapping, entry.contact_type)) as display,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from raw.sr_patient_contact_details as entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = entry.contact_type
    where not coalesce(entry.removed_data, false)
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
