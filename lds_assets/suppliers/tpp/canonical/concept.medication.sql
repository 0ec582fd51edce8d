-- Grain: one row per dm+d code of a prescription, and the words it uses.
-- Rule source: tpp_to_olids.csv; dm+d codes are text and lie in the SNOMED CT name space.
with word as (
    select
        'http://snomed.info/sct' as system,
        nullif(nullif(trim(id_multi_lex_dmd), '-1'), '0') as code,
        trim(regexp_replace(name_of_medication, '^\s*TEXTUAL DRUG\s*:', '')) as display,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.sr_primary_care_medication
    where not coalesce(removed_data, false)
    union all by name
    select
        'urn:lds:tpp:authorisation-type' as system,
        kind.code,
        kind.display,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from raw.sr_primary_care_medication as entry
    cross join (
        values
        ('acute', 'Acute'), ('other', 'Given elsewhere'), ('dental', 'Dental'),
        ('hospital', 'Hospital')
    ) as kind (code, display)
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
    from raw.sr_primary_care_medication as entry
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
