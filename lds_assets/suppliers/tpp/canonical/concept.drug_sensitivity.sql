-- Grain: one row per code of a drug someone is sensitive to, and each date precision.
-- Rule source: tpp_to_olids.csv; a product may have several codes.
with entry as (
    select * from raw.sr_drug_sensitivity
    where not coalesce(removed_data, false)
),

word as (
    select
        entry.*,
        if(product.drug_read_code like 'Y%', 'urn:lds:tpp:code', 'http://read.info/ctv3') as system,
        product.drug_read_code as code,
        product.drug_read_code_desc as display
    from entry
    inner join raw.sr_medication_read_code_details as product
        on trim(entry.id_drug_code) = product.id_multi_lex_product
        and not coalesce(product.removed_data, false)
        and nullif(trim(product.drug_read_code), '') is not null
    union all by name
    select
        entry.*,
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display
    from entry
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
