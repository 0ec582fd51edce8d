-- Grain: one row per state of the paper record. Rule source: tpp_value_lists.csv.
with word as (
    select
        'urn:lds:tpp:record-status' as system,
        medical_record_status as code,
        case medical_record_status
            when '0' then 'Deducted, records returned'
            when '1' then 'Registered, records on their way'
            when '2' then 'Registered, records received'
            when '3' then 'Deducted, return of records confirmed'
            when '4' then 'Deducted, records asked for'
            else medical_record_status
        end as display,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.sr_record_status
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
