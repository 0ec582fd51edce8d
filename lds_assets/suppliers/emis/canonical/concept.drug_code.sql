-- Grain: one row per drug code of EMIS, and per code of SNOMED CT one stands for.
-- A code comes once per parent: the first one gives the term. The terms of SNOMED CT are not EMIS's
-- to say, so those concepts have none.
with own as (
    select
        'urn:lds:emis:drug-code-id' as system,
        cast(code_id as varchar) as code,
        trim(term) as display,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.coding_drug_code
    where code_id is not null
    qualify row_number() over (partition by code_id order by lds_source_key) = 1
),

target as (
    select
        'http://snomed.info/sct' as system,
        cast(dmd_product_code_id as varchar) as code,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at
    from raw_all.coding_drug_code
    where dmd_product_code_id > 0
    group by dmd_product_code_id
),

word as (
    select * from own
    union all by name
    select
        *,
        cast(null as varchar) as display,
        lds_id('word', 'shared', system, code) as lds_source_record_id,
        system || '|' || code as lds_source_key,
        cast(null as bigint) as lds_row_number
    from target
),

renamed as (
    select
        lds_concept_id(system, code) as concept_id,
        code,
        display,
        system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from word
)

select * from renamed
