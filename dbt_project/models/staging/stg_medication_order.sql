-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per medication order of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('medication_order') }}
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
        cast(medication_statement_id as varchar) as medication_statement_id,
        cast(encounter_id as varchar) as encounter_id,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(observation_id as varchar) as observation_id,
        cast(allergy_intolerance_id as varchar) as allergy_intolerance_id,
        cast(diagnostic_order_id as varchar) as diagnostic_order_id,
        cast(referral_request_id as varchar) as referral_request_id,
        cast(clinical_effective_date as date) as clinical_effective_date,
        cast(clinical_effective_date_precision_source_concept_id as varchar)
            as clinical_effective_date_precision_source_concept_id,
        cast(dose as varchar) as dose,
        cast(quantity_value as double) as quantity_value,
        cast(quantity_value_description as varchar) as quantity_value_description,
        cast(quantity_unit as varchar) as quantity_unit,
        cast(duration_days as bigint) as duration_days,
        cast(estimated_cost as decimal(19, 4)) as estimated_cost,
        cast(medication_name as varchar) as medication_name,
        cast(medication_order_source_concept_id as varchar) as medication_order_source_concept_id,
        cast(bnf_reference as varchar) as bnf_reference,
        cast(age_at_event as bigint) as age_at_event,
        cast(age_at_event_baby as bigint) as age_at_event_baby,
        cast(age_at_event_neonate as bigint) as age_at_event_neonate,
        cast(issue_method as varchar) as issue_method,
        cast(date_recorded as timestamp) as date_recorded,
        cast(is_confidential as boolean) as is_confidential,
        cast(issue_method_description as varchar) as issue_method_description,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
