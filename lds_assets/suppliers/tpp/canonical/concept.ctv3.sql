-- Grain: one row per CTV3 code; codes differ by case. A leading Y marks a code of TPP's own.
-- Rule source: tpp_to_olids.csv.
with word as (
    select
        case when ctv3_code like 'Y%' then 'urn:lds:tpp:code' else 'http://read.info/ctv3' end
            as system,
        ctv3_code as code,
        trim(ctv3_text) as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_ctv3
    where not coalesce(removed_data, false)
)

select * from lds_words('word')
