-- Grain: one row per word about a drug record, and code that the drug list lacks.
with word as (
    select
        'urn:lds:emis:date-precision' as system,
        upper(trim(effective_date_precision)) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.prescribing_drug_record
    union all
    select
        'urn:lds:emis:prescription-type' as system,
        trim(prescription_type) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.prescribing_drug_record
    union all
    -- codes the list does not hold yet: kept without a term until it does
    select
        'urn:lds:emis:drug-code-id' as system,
        cast(record.code_id as varchar) as code,
        record.lds_load_sequence,
        record.lds_extracted_at
    from raw.prescribing_drug_record as record
    left join raw.coding_drug_code as known on record.code_id = known.code_id
    where known.code_id is null
),

labelled as (
    select
        *,
        case when system <> 'urn:lds:emis:drug-code-id' then code end as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
