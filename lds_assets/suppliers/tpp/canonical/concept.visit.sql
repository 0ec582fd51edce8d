-- Grain: one row per visit status, and the contact mode of visits. Rule source: tpp_to_olids.csv.
with word as (
    select
        'urn:lds:tpp:visit-status' as system,
        trim(coalesce(listed.mapping, entry.current_status)) as code,
        trim(coalesce(listed.mapping, entry.current_status)) as display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_visit as entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = entry.current_status
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:contact-mode' as system,
        'home visit' as code,
        'Home visit' as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_visit
    where not coalesce(removed_data, false)
)

select * from lds_words('word')
