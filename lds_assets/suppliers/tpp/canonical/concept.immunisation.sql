-- Grain: one row per code that immunisations use, and each date precision.
-- Rule source: tpp_to_olids.csv; the vaccine's name stands in for the term of the code.
with word as (
    select
        case when entry.imms_snomed_code > 0 then 'http://snomed.info/sct'
            when entry.imms_read_code like 'Y%' then 'urn:lds:tpp:code'
            else 'http://read.info/ctv3'
        end as system,
        case when entry.imms_snomed_code > 0 then cast(entry.imms_snomed_code as varchar)
            else entry.imms_read_code
        end as code,
        coalesce(code.ctv3_text, vaccine.name) as display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_immunisation as entry
    left join raw.sr_ctv3 as code on entry.imms_read_code = code.ctv3_code
    left join raw.sr_immunisation_content as vaccine
        on entry.id_immunisation_content = vaccine.row_identifier
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_immunisation as entry
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
)

select * from lds_words('word')
