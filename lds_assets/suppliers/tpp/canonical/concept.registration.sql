-- Grain: one row per kind of registration, held alone or together with others.
-- Rule source: tpp_to_olids.csv; an unknown kind is kept as typed.
with word as (
    select
        'urn:lds:tpp:registration-type' as system,
        nullif(trim(unnest(string_split(registration_status, ','))), '') as code,
        code as display,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.sr_patient_registration
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
