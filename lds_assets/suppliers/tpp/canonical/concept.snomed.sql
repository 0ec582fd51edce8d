-- Grain: one row per SNOMED CT concept that CTV3 codes are mapped to.
-- Rule source: tpp_to_olids.csv; the map file has no term, the one of the mapped code stands in.
with word as (
    select
        'http://snomed.info/sct' as system,
        cast(target.snomed_code as varchar) as code,
        trim(source.ctv3_text) as display,
        target.lds_load_sequence,
        target.lds_extracted_at
    from raw.sr_ctv3_to_snomed as target
    left join raw.sr_ctv3 as source on target.ctv3_code = source.ctv3_code
    where target.snomed_code > 0 and not coalesce(target.removed_data, false)
)

select * from lds_words('word')
