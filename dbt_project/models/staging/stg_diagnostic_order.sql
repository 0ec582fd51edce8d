-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per diagnostic order of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('diagnostic_order') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(patient_id as varchar) as patient_id,
        cast(person_id as varchar) as person_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(provider_organisation_id as varchar) as provider_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(encounter_id as varchar) as encounter_id,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(parent_observation_id as varchar) as parent_observation_id,
        cast(clinical_effective_date as date) as clinical_effective_date,
        cast(date_precision_raw as varchar) as date_precision_raw,
        cast(clinical_effective_date_precision_source_concept_id as varchar)
            as clinical_effective_date_precision_source_concept_id,
        cast(result_value as double) as result_value,
        cast(result_measurement_units_source_concept_id as varchar)
            as result_measurement_units_source_concept_id,
        cast(result_date as date) as result_date,
        cast(result_text as varchar) as result_text,
        cast(is_problem as boolean) as is_problem,
        cast(is_review as boolean) as is_review,
        cast(problem_end_date as date) as problem_end_date,
        cast(diagnostic_order_source_concept_id as varchar) as diagnostic_order_source_concept_id,
        cast(age_at_event as bigint) as age_at_event,
        cast(age_at_event_baby as bigint) as age_at_event_baby,
        cast(age_at_event_neonate as bigint) as age_at_event_neonate,
        cast(episodicity_source_concept_id as varchar) as episodicity_source_concept_id,
        cast(is_primary as boolean) as is_primary,
        cast(date_recorded as timestamp) as date_recorded,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
