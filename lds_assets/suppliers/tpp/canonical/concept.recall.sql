-- Grain: one row per state of a recall, and each date precision. Rule source: tpp_to_olids.csv.
with entry as (
    select * from raw.sr_recall
    where not coalesce(removed_data, false)
),

word as (
    select
        entry.*,
        'urn:lds:tpp:recall-status' as system,
        tpp_word(listed.mapping, entry.recall_status) as code,
        code as display
    from entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = trim(entry.recall_status)
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
