-- Grain: one row per coded entry.
-- An entry without a code is free text and lands nowhere: not_landed.sql.
with renamed as (
    select
        lds_id('observation', publisher_organisation_code, uid) as id,
        lds_id('patient', publisher_organisation_code, patient_uid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('encounter', publisher_organisation_code, consultation_uid) as encounter_id,
        lds_id('practitioner', publisher_organisation_code, clinician_uid) as practitioner_id,
        cast(null as varchar) as parent_observation_id,
        effective_on as clinical_effective_date,
        cast(null as varchar) as clinical_effective_date_precision_source_concept_id,
        value as result_value,
        cast(null as varchar) as result_value_units_source_concept_id,
        case when value is not null then effective_on end as result_date,
        cast(null as varchar) as result_text,
        cast(null as boolean) as is_problem,
        cast(null as boolean) as is_review,
        cast(null as date) as problem_end_date,
        lds_concept_id('http://snomed.info/sct', code) as observation_source_concept_id,
        cast(null as varchar) as episodicity_source_concept_id,
        cast(null as boolean) as is_primary,
        lds_utc(recorded_at) as date_recorded,
        cast(null as boolean) as is_problem_deleted,
        cast(null as boolean) as is_confidential,
        coalesce(lower(trim(change_type)) = 'removed', false) as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.coded_entry
    where code is not null
)

select * from renamed
