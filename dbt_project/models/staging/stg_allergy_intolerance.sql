-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per allergy intolerance of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('allergy_intolerance') }}
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
        cast(practitioner_id as varchar) as practitioner_id,
        cast(encounter_id as varchar) as encounter_id,
        cast(clinical_status as varchar) as clinical_status,
        cast(verification_status as varchar) as verification_status,
        cast(category as varchar) as category,
        cast(clinical_effective_date as date) as clinical_effective_date,
        cast(clinical_effective_date_precision_source_concept_id as varchar)
            as clinical_effective_date_precision_source_concept_id,
        cast(is_review as boolean) as is_review,
        cast(medication_name as varchar) as medication_name,
        cast(multi_lex_action as varchar) as multi_lex_action,
        cast(allergy_intolerance_source_concept_id as varchar)
            as allergy_intolerance_source_concept_id,
        cast(age_at_event as bigint) as age_at_event,
        cast(age_at_event_baby as bigint) as age_at_event_baby,
        cast(age_at_event_neonate as bigint) as age_at_event_neonate,
        cast(date_recorded as timestamp) as date_recorded,
        cast(is_confidential as boolean) as is_confidential,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
