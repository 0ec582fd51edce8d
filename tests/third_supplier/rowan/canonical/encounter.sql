-- Grain: one row per consultation.
-- Times are London's, as written on the wall.
with renamed as (
    select
        lds_id('encounter', publisher_organisation_code, uid) as id,
        lds_id('patient', publisher_organisation_code, patient_uid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        cast(null as varchar) as appointment_id,
        lds_id('practitioner', publisher_organisation_code, clinician_uid) as practitioner_id,
        trim(place) as location,
        cast(null as varchar) as encounter_source_concept_id,
        cast(null as varchar) as clinical_effective_date_precision_source_concept_id,
        cast(null as varchar) as consultation_type,
        cast(started_at as date) as clinical_effective_date,
        lds_utc(started_at) as date_recorded,
        cast(null as boolean) as is_confidential,
        cast(null as varchar) as type,
        cast(null as varchar) as subtype,
        cast(null as varchar) as admission_method,
        coalesce(lower(trim(change_type)) = 'removed', false) as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.consultation
)

select * from renamed
