-- Grain: one row per patient, kind of contact and unbroken spell of one value.
-- EMIS dates no contact: a spell starts and ends with the extracts that show it first and no more.
-- Rule source: emis_to_olids.csv.
with patient as (
    select * from raw.admin_patient
    where not coalesce(deleted, false)
),

version as (
    select
        *,
        -- the file name's stamp is London time
        cast(timezone('Europe/London', timezone('UTC', lds_extracted_at)) as date) as seen_on
    from raw_all.admin_patient
    where not coalesce(deleted, false)
    -- within one extract the last row counts
    qualify row_number() over (
        partition by publisher_organisation_code, lds_source_key, lds_extracted_at
        order by lds_load_sequence desc, lds_row_number desc
    ) = 1
),

contact as (
    select
        publisher_organisation_code,
        lds_source_key,
        lds_extracted_at,
        seen_on,
        'Home phone' as contact_type,
        nullif(trim(home_phone), '') as value
    from version
    union all
    select
        publisher_organisation_code,
        lds_source_key,
        lds_extracted_at,
        seen_on,
        'Mobile phone' as contact_type,
        nullif(trim(mobile_phone), '') as value
    from version
    union all
    select
        publisher_organisation_code,
        lds_source_key,
        lds_extracted_at,
        seen_on,
        'Email' as contact_type,
        nullif(trim(email_address), '') as value
    from version
),

compared as (
    select
        *,
        lag(seen_on) over versions as last_seen_on,
        lag(value) over versions as value_before
    from contact
    window versions as (
        partition by publisher_organisation_code, lds_source_key, contact_type
        order by lds_extracted_at
    )
),

spell as (
    select
        *,
        lead(seen_on) over (
            partition by publisher_organisation_code, lds_source_key, contact_type
            order by lds_extracted_at
        ) as next_seen_on
    from compared
    where last_seen_on is null or value is distinct from value_before
),

renamed as (
    select
        -- keys; the instant of the spell keeps a value that comes back apart
        lds_id(
            'patient_contact', patient.publisher_organisation_code, patient.patient_guid,
            spell.contact_type, concat_ws('|', spell.lds_extracted_at, spell.value)
        ) as id,
        lds_id('patient', patient.publisher_organisation_code, patient.patient_guid) as patient_id,
        lds_organisation_id(patient.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as author_organisation_id,
        -- what
        lds_concept_id('urn:lds:emis:contact-type', spell.contact_type)
            as contact_type_source_concept_id,
        spell.value,
        -- when
        spell.seen_on as start_date,
        spell.next_seen_on as end_date,
        -- flags
        false as lds_is_deleted,
        -- provenance: recomputed whenever the patient's row comes, so it is the newest row's
        patient.publisher_organisation_code,
        patient.lds_source_record_id,
        patient.lds_source_key,
        patient.lds_load_sequence,
        patient.lds_extracted_at,
        patient.lds_row_number
    from spell
    inner join patient
        on
            spell.publisher_organisation_code = patient.publisher_organisation_code
            and spell.lds_source_key = patient.lds_source_key
    where spell.value is not null
)

select * from renamed
