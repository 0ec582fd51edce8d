-- Grain: one row per word for a kind of location and for a way to reach one.
with word as (
    select
        'urn:lds:emis:location-type' as system,
        trim(location_type_description) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_location
    union all
    select
        'urn:lds:emis:contact-type' as system,
        unnest([
            case when trim(phone_number) <> '' then 'Phone' end,
            case when trim(fax_number) <> '' then 'Fax' end,
            case when trim(email_address) <> '' then 'Email' end
        ]) as code,
        lds_load_sequence,
        lds_extracted_at
    from raw.admin_location
),

labelled as (
    select
        *,
        code as display
    from word
    where code <> ''
)

select * from lds_words('labelled')
