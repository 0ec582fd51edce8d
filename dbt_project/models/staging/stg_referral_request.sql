-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per referral request of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('referral_request') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(patient_id as varchar) as patient_id,
        cast(person_id as varchar) as person_id,
        cast(publisher_organisation_id as varchar) as publisher_organisation_id,
        cast(author_organisation_id as varchar) as author_organisation_id,
        cast(encounter_id as varchar) as encounter_id,
        cast(practitioner_id as varchar) as practitioner_id,
        cast(unique_booking_reference_number as varchar) as unique_booking_reference_number,
        cast(clinical_effective_date as date) as clinical_effective_date,
        cast(clinical_effective_date_precision_source_concept_id as varchar)
            as clinical_effective_date_precision_source_concept_id,
        cast(requester_organisation_id as varchar) as requester_organisation_id,
        cast(recipient_organisation_id as varchar) as recipient_organisation_id,
        cast(referral_request_priority_source_concept_id as varchar)
            as referral_request_priority_source_concept_id,
        cast(referral_request_type_source_concept_id as varchar)
            as referral_request_type_source_concept_id,
        cast(referral_request_specialty_source_concept_id as varchar)
            as referral_request_specialty_source_concept_id,
        cast(mode as varchar) as mode,
        cast(is_outgoing_referral as boolean) as is_outgoing_referral,
        cast(is_review as boolean) as is_review,
        cast(referral_request_source_concept_id as varchar) as referral_request_source_concept_id,
        cast(age_at_event as bigint) as age_at_event,
        cast(age_at_event_baby as bigint) as age_at_event_baby,
        cast(age_at_event_neonate as bigint) as age_at_event_neonate,
        cast(recorded_datetime as timestamp) as recorded_datetime,
        cast(value as double) as value,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
