-- Grain: one row per telephone number or e-mail address of a patient.
-- Rule source: tpp_to_olids.csv; a number ends where the next of its kind begins, a blank number
-- ends the one before it and is no contact itself. Keyed by patient: a new number changes the last.
with number as (
    select *
    from raw.sr_patient_contact_details
    where not coalesce(removed_data, false) and id_patient > 0
),

labelled as (
    select
        number.*,
        trim(coalesce(word.mapping, number.contact_type)) as kind
    from number
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = trim(number.contact_type)
),

followed as (
    select
        *,
        lead(cast(date_event as date)) over (
            partition by publisher_organisation_code, id_patient, kind
            order by date_event nulls first, row_identifier
        ) as ends_on
    from labelled
),

email as (
    select * from raw.sr_patient
    where not coalesce(removed_data, false) and nullif(trim(email_address), '') is not null
),

contact as (
    select
        lds_id(
            'patient_contact', publisher_organisation_code, 'SRPatientContactDetails',
            row_identifier
        ) as id,
        id_patient,
        coalesce(id_organisation_done_at, id_organisation) as done_at,
        id_organisation,
        kind,
        trim(contact_number) as value,
        cast(date_event as date) as start_date,
        ends_on as end_date,
        publisher_organisation_code,
        lds_source_record_id,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from followed
    where nullif(trim(contact_number), '') is not null
    union all by name
    select
        lds_id('patient_contact', publisher_organisation_code, 'SRPatient', row_identifier) as id,
        row_identifier as id_patient,
        'E-mail' as kind,
        trim(email_address) as value,
        publisher_organisation_code,
        lds_source_record_id,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from email
),

renamed as (
    select
        -- keys
        id,
        lds_id('patient', publisher_organisation_code, id_patient) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(coalesce(done_at, publisher_organisation_code))
            as provider_organisation_id,
        lds_organisation_id(coalesce(id_organisation, publisher_organisation_code))
            as author_organisation_id,
        -- what
        lds_concept_id('urn:lds:tpp:contact-type', kind) as contact_type_source_concept_id,
        value,
        -- when
        start_date,
        end_date,
        -- flags
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        cast(id_patient as varchar) as lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from contact
)

select * from renamed
