-- Grain: one row per kind of address. Rule source: tpp_to_olids.csv; the word is the code.
with word as (
    select
        'urn:lds:tpp:address-type' as system,
        trim(coalesce(listed.mapping, entry.address_type)) as code,
        trim(coalesce(listed.mapping, entry.address_type)) as display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_patient_address_history as entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = entry.address_type
    where not coalesce(entry.removed_data, false)
)

select * from lds_words('word')
