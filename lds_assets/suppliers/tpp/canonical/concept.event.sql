-- Grain: one row per kind of contact (its nature and way), and each date precision.
-- Rule source: tpp_to_olids.csv; no code is supplied, so the words are the code.
with word as (
    select
        'urn:lds:tpp:encounter-kind' as system,
        nullif(concat_ws(
            ', ',
            case when entry.clinical_event then 'Clinical'
                when not entry.clinical_event then 'Administrative'
            end,
            trim(coalesce(listed.configured_list_option, entry.contact_method))
        ), '') as code,
        code as display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_event as entry
    left join raw.sr_configured_list_option as listed
        on cast(listed.row_identifier as varchar) = trim(entry.contact_method)
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:date-precision' as system,
        precise.code,
        precise.display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_event as entry
    cross join (
        values ('unknown', 'Date unknown'), ('day', 'To the day'), ('minute', 'To the minute')
    ) as precise (code, display)
)

select * from lds_words('word')
