-- Grain: one row per dm+d code of a repeat template, and the words it uses.
-- Rule source: tpp_to_olids.csv; dm+d codes are text and lie in the SNOMED CT name space.
with word as (
    select
        'http://snomed.info/sct' as system,
        nullif(nullif(trim(id_multi_lex_dmd), '-1'), '0') as code,
        trim(regexp_replace(name_of_medication, '^\s*TEXTUAL DRUG\s*:', '')) as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_repeat_template
    where not coalesce(removed_data, false)
    union all by name
    select
        'urn:lds:tpp:authorisation-type' as system,
        kind.code,
        kind.display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_repeat_template as entry
    cross join (values ('repeat', 'Repeat')) as kind (code, display)
    union all by name
    select
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_repeat_template as entry
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
)

select * from lds_words('word')
