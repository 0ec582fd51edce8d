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
)

select * from lds_words('word')
