-- Grain: one row per site, practice that uses it and way to reach it: telephone, fax, e-mail.
-- Rule source: emis_to_olids.csv.
with contact as (
    select
        location.*,
        kind.contact_type,
        nullif(trim(case kind.contact_type
            when 'Phone' then location.phone_number
            when 'Fax' then location.fax_number
            when 'Email' then location.email_address
        end), '') as value
    from raw.admin_location as location
    cross join (values ('Phone'), ('Fax'), ('Email')) as kind (contact_type)
    where location.deleted is distinct from true
),

renamed as (
    select
        -- keys
        lds_id('location_contact', publisher_organisation_code, location_guid, contact_type) as id,
        lds_id('location', publisher_organisation_code, location_guid) as location_id,
        -- what
        lds_concept_id('urn:lds:emis:contact-type', contact_type) as contact_type_source_concept_id,
        contact_type,
        value,
        -- flags: EMIS marks none as the main one
        cast(null as boolean) as is_primary_contact,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from contact
    where value is not null
)

select * from renamed
