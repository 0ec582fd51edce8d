-- Grain: one row per word for a kind of location and for a way to reach one.
-- The key is the word itself: nobody's row may carry the key of somebody's record.
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

renamed as (
    select
        lds_concept_id(system, code) as concept_id,
        code,
        code as display,
        system,
        cast(null as boolean) as present_in_terminology_server,
        cast(null as bigint) as use_count,
        false as lds_is_deleted,
        'shared' as publisher_organisation_code,
        lds_id('word', 'shared', system, code) as lds_source_record_id,
        system || '|' || code as lds_source_key,
        max(lds_load_sequence) as lds_load_sequence,
        max(lds_extracted_at) as lds_extracted_at,
        cast(null as bigint) as lds_row_number
    from word
    where code <> ''
    group by system, code
)

select * from renamed
