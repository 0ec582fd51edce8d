-- Grain: one row per gender letter, and the word for e-mail among contact types.
-- Rule source: tpp_to_olids.csv; an unknown letter is kept as it came.
with word as (
    select
        'urn:lds:tpp:gender' as system,
        upper(trim(gender)) as code,
        case upper(trim(gender)) when 'M' then 'Male' when 'F' then 'Female'
            when 'I' then 'Indeterminate' when 'U' then 'Unspecified' else upper(trim(gender)) end
            as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_patient
    where not coalesce(removed_data, false)
    union all by name
    select
        'urn:lds:tpp:contact-type' as system,
        'E-mail' as code,
        'E-mail' as display,
        lds_load_sequence,
        lds_extracted_at
    from raw.sr_patient
    where not coalesce(removed_data, false) and email_address is not null
)

select * from lds_words('word')
