-- Grain: one row per diary entry: what is planned for a patient, whatever its code category.
-- Rule source: emis_to_olids.csv; the date is the one it is due on.
with diary as (
    select
        *,
        coalesce(deleted, false) as is_deleted,
        upper(trim(effective_date_precision)) as date_precision
    from raw.care_record_diary
),

renamed as (
    select
        -- keys
        lds_id('procedure_request', publisher_organisation_code, diary_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid) as encounter_id,
        -- what
        trim(original_term) as description,
        lds_concept_id('urn:lds:emis:code-id', code_id) as procedure_request_source_concept_id,
        -- neither complete nor active: no status
        lds_concept_id(
            'urn:lds:emis:diary-status',
            case when is_complete then 'completed' when is_active then 'requested' end
        ) as status_source_concept_id,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        -- flags
        case when not is_deleted then coalesce(is_confidential, false) end as is_confidential,
        is_deleted as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from diary
)

select * from renamed
