-- Grain: one row per telephone or fax number of an organisation with an ODS code.
-- Rule source: tpp_to_olids.csv; the first number is the primary one. A number taken away is
-- deleted by not coming back.
with organisation as (
    select
        *,
        row_number() over (
            partition by upper(trim(id))
            order by coalesce(made_obsolete, false), row_identifier
        ) as place
    from raw.sr_organisation
    where nullif(trim(id), '') is not null
),

number as (
    select
        organisation.*,
        listed.kind,
        listed.kind = 'Telephone' as is_primary,
        nullif(
            trim(
                case listed.kind
                    when 'Telephone' then organisation.telephone
                    when 'Fax' then organisation.fax
                    else organisation.secondary_telephone
                end
            ), ''
        ) as value
    from organisation
    cross join (values ('Telephone'), ('Secondary telephone'), ('Fax')) as listed (kind)
    where organisation.place = 1 and not coalesce(organisation.removed_data, false)
),

renamed as (
    select
        -- keys
        lds_id('location_contact', 'shared', 'SROrganisation', upper(trim(id)), kind) as id,
        lds_id('location', 'shared', 'SROrganisation', upper(trim(id))) as location_id,
        -- what
        lds_concept_id('urn:lds:tpp:location-contact-type', kind) as contact_type_source_concept_id,
        kind as contact_type,
        value,
        -- flags
        is_primary as is_primary_contact,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from number
    where value is not null
)

select * from renamed
