-- Grain: one row per kind of registration, held alone or together with others.
-- Rule source: tpp_to_olids.csv; an unknown kind is kept as typed.
with word as (
    select
        'urn:lds:tpp:registration-type' as system,
        nullif(trim(unnest(string_split(registration_status, ','))), '') as code,
        code as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_patient_registration
    where not coalesce(removed_data, false)
)

select * from lds_words('word')
