-- Grain: one row per consultation.
-- Rule source: emis_to_olids.csv; the episode depends on other records: see README.
with consultation as (
    select
        *,
        upper(trim(effective_date_precision)) as date_precision,
        trim(consultation_source_term) as source_term
    from raw.care_record_consultation
),

renamed as (
    select
        -- keys
        lds_id('encounter', publisher_organisation_code, consultation_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        case
            when appointment_slot_guid is not null and patient_guid is not null
                then lds_id(
                    'appointment', publisher_organisation_code, appointment_slot_guid, patient_guid
                )
        end as appointment_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        -- what
        source_term as location,
        coalesce(
            lds_concept_id('urn:lds:emis:code-id', consultation_source_code_id),
            lds_concept_id('urn:lds:emis:consultation-source', source_term)
        ) as encounter_source_concept_id,
        trim(consultation_type) as consultation_type,
        cast(null as varchar) as type,
        cast(null as varchar) as subtype,
        cast(null as varchar) as admission_method,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        -- flags
        case when not coalesce(deleted, false) then coalesce(is_confidential, false) end
            as is_confidential,
        coalesce(deleted, false) as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from consultation
)

select * from renamed
