-- Grain: one row per patient and practice, with the latest registration.
-- Rule source: emis_to_olids.csv; a patient who is not Regular is registered elsewhere.
with patient as (
    select
        *,
        coalesce(deleted, false) as is_deleted,
        lower(trim(patient_type_description)) as patient_type
    from raw.admin_patient
),

organisation as (
    select
        organisation_guid,
        coalesce(
            lds_organisation_id(ods_code), lds_id('organisation', 'shared', organisation_guid)
        ) as organisation_id
    from raw.admin_organisation
),

renamed as (
    select
        -- keys
        lds_id('patient', patient.publisher_organisation_code, patient.patient_guid) as id,
        lds_organisation_id(patient.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as author_organisation_id,
        case
            when patient.is_deleted then null
            when patient.patient_type = 'regular'
                then lds_organisation_id(patient.publisher_organisation_code)
            else external_practice.organisation_id
        end as registered_practice_organisation_id,
        cast(patient.patient_number as varchar) as local_patient_id,
        -- who; a placeholder or a wrong check digit is no NHS number
        lds_nhs_number(patient.nhs_number) as nhs_number,
        trim(patient.title) as title,
        trim(patient.given_name) as first_name,
        trim(patient.middle_names) as middle_name,
        trim(patient.surname) as last_name,
        lds_concept_id('urn:lds:emis:sex', upper(trim(patient.sex))) as gender_source_concept_id,
        -- when
        patient.date_of_birth as birth_date,
        year(patient.date_of_birth) as birth_year,
        month(patient.date_of_birth) as birth_month,
        weekofyear(patient.date_of_birth) as birth_week_iso,
        day(patient.date_of_birth) as birth_day,
        patient.date_of_death as death_date,
        year(patient.date_of_death) as death_year,
        month(patient.date_of_death) as death_month,
        weekofyear(patient.date_of_death) as death_week_iso,
        -- flags
        case
            when not patient.is_deleted
                then coalesce(patient.is_confidential, false)
        end as is_confidential,
        case
            when not patient.is_deleted
                then
                    coalesce(patient.dummy_type, false)
                    or coalesce(patient.patient_type = 'dummy', false)
        end as is_test_patient,
        case
            when not patient.is_deleted
                then coalesce(patient.spine_sensitive, false)
        end as is_spine_sensitive,
        patient.is_deleted as lds_is_deleted,
        -- provenance
        patient.publisher_organisation_code,
        patient.lds_source_record_id,
        patient.lds_source_key,
        patient.lds_load_sequence,
        patient.lds_extracted_at,
        patient.lds_row_number
    from patient
    left join organisation as external_practice
        on patient.external_usual_gp_organisation = external_practice.organisation_guid
)

select * from renamed
