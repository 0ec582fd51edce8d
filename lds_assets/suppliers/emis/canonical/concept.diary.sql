-- Grain: one row per word about a diary entry, and code that the code list lacks.
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

labelled as (
    select
        *,
        case when system <> 'urn:lds:emis:code-id' then code end as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
