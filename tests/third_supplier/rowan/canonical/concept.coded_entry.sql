-- Grain: one row per code that an entry names.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
with renamed as (
    select
        lds_concept_id('http://snomed.info/sct', code) as concept_id,
        code,
        max(trim(term)) as display,
        'http://snomed.info/sct' as system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_id('word', 'shared', 'http://snomed.info/sct', code) as lds_source_record_id,
        'http://snomed.info/sct|' || code as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        cast(null as bigint) as lds_row_number
    from raw.coded_entry
    where code is not null
    group by code
)

select * from renamed
