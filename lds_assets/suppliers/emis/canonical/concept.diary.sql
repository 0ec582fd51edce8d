-- Grain: one row per word about a diary entry, and code that the code list lacks.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
with word as (
    select
        'urn:lds:emis:date-precision' as system,
        upper(trim(effective_date_precision)) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.care_record_diary
    union all
    select
        'urn:lds:emis:diary-status' as system,
        case when is_complete then 'completed' when is_active then 'requested' end as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.care_record_diary
    union all
    -- codes the list does not hold yet: kept without a term until it does
    select
        'urn:lds:emis:code-id' as system,
        cast(record.code_id as varchar) as code,
        record.lds_load_sequence,
        record.lds_extracted_at
    from raw.care_record_diary as record
    left join raw.coding_clinical_code as known on record.code_id = known.code_id
    where known.code_id is null
),

renamed as (
    select
        lds_concept_id(system, code) as concept_id,
        code,
        case when system <> 'urn:lds:emis:code-id' then code end as display,
        system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_id('word', 'shared', system, code) as lds_source_record_id,
        system || '|' || code as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        cast(null as bigint) as lds_row_number
    from word
    where code <> ''
    group by system, code
)

select * from renamed
