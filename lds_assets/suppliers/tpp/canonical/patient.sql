-- Grain: one row per patient and practice.
-- Rule source: tpp_to_olids.csv; registered where the newest open GMS registration is.
with patient as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_patient
),

registered as (
    select
        publisher_organisation_code,
        id_patient,
        arg_max(
            coalesce(id_organisation, publisher_organisation_code),
            (coalesce(date_registration, timestamp '1800-01-01'), row_identifier)
        ) as organisation_code
    from raw.sr_patient_registration
    where
        not coalesce(removed_data, false)
        and date_de_registration is null
        and regexp_matches(registration_status, '(?i)(^|,)\s*(GMS|Standard)\s*(,|$)')
    group by publisher_organisation_code, id_patient
),

renamed as (
    select
        -- keys
        lds_id('patient', patient.publisher_organisation_code, patient.row_identifier) as id,
        lds_organisation_id(patient.publisher_organisation_code) as publisher_organisation_id,
        case when not patient.is_removed
                then lds_organisation_id(patient.publisher_organisation_code)
        end as provider_organisation_id,
        case when not patient.is_removed
                then lds_organisation_id(patient.publisher_organisation_code)
        end as author_organisation_id,
        case when not patient.is_removed then lds_organisation_id(registered.organisation_code) end
            as registered_practice_organisation_id,
        case when not patient.is_removed then cast(patient.row_identifier as varchar) end
            as local_patient_id,
        -- who; a placeholder or a wrong check digit is no NHS number
        lds_nhs_number(patient.nhs_number) as nhs_number,
        trim(patient.title) as title,
        trim(patient.first_name) as first_name,
        trim(patient.middle_names) as middle_name,
        trim(patient.surname) as last_name,
        lds_concept_id('urn:lds:tpp:gender', upper(trim(patient.gender)))
            as gender_source_concept_id,
        -- when
        cast(patient.date_birth as date) as birth_date,
        year(patient.date_birth) as birth_year,
        month(patient.date_birth) as birth_month,
        weekofyear(patient.date_birth) as birth_week_iso,
        day(patient.date_birth) as birth_day,
        cast(patient.date_death as date) as death_date,
        year(patient.date_death) as death_year,
        month(patient.date_death) as death_month,
        weekofyear(patient.date_death) as death_week_iso,
        -- flags; the extract has none for confidential, the Spine's comes with the PDS answer
        case when not patient.is_removed then false end as is_confidential,
        case when not patient.is_removed then coalesce(patient.test_patient, false) end
            as is_test_patient,
        case when not patient.is_removed then false end as is_spine_sensitive,
        patient.is_removed as lds_is_deleted,
        -- provenance
        patient.publisher_organisation_code,
        patient.lds_source_record_id,
        patient.lds_source_key,
        patient.lds_load_sequence,
        patient.lds_extracted_at,
        patient.lds_row_number
    from patient
    left join registered
        on patient.publisher_organisation_code = registered.publisher_organisation_code
        and patient.row_identifier = registered.id_patient
)

select * from renamed
