-- Grain: one row per appointment status and contact mode. Rule source: tpp_to_olids.csv.
with word as (
    select
        'urn:lds:tpp:appointment-status' as system,
        trim(coalesce(listed.mapping, entry.appointment_status)) as code,
        trim(coalesce(listed.mapping, entry.appointment_status)) as display,
        entry.lds_load_sequence,
        entry.lds_extracted_at
    from raw.sr_appointment as entry
    left join raw.sr_mapping as listed
        on cast(listed.row_identifier as varchar) = entry.appointment_status
    where not coalesce(entry.removed_data, false)
    union all by name
    select
        'urn:lds:tpp:contact-mode' as system,
        'telephone' as code,
        'Telephone' as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_appointment
    where telephone_appointment
)

select * from lds_words('word')
