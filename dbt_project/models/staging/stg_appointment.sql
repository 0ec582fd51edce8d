-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per appointment of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('appointment') }}
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
        cast(slot_id as varchar) as slot_id,
        cast(practitioner_in_role_id as varchar) as practitioner_in_role_id,
        cast(schedule_id as varchar) as schedule_id,
        cast(start_date as timestamp) as start_date,
        cast(planned_duration_mins as bigint) as planned_duration_mins,
        cast(actual_duration_mins as bigint) as actual_duration_mins,
        cast(appointment_status_source_concept_id as varchar)
            as appointment_status_source_concept_id,
        cast(slot_status_raw as varchar) as slot_status_raw,
        cast(appointment_status_dds as varchar) as appointment_status_dds,
        cast(appointment_status_derived as varchar) as appointment_status_derived,
        cast(patient_wait_mins as bigint) as patient_wait_mins,
        cast(patient_delay_mins as bigint) as patient_delay_mins,
        cast(datetime_booked as timestamp) as datetime_booked,
        cast(datetime_sent_in as timestamp) as datetime_sent_in,
        cast(datetime_left as timestamp) as datetime_left,
        cast(cancelled_date as date) as cancelled_date,
        cast(appointment_type as varchar) as appointment_type,
        cast(age_at_event as bigint) as age_at_event,
        cast(age_at_event_baby as bigint) as age_at_event_baby,
        cast(age_at_event_neonate as bigint) as age_at_event_neonate,
        cast(booking_method_source_concept_id as varchar) as booking_method_source_concept_id,
        cast(contact_mode_source_concept_id as varchar) as contact_mode_source_concept_id,
        cast(is_blocked as boolean) as is_blocked,
        cast(national_slot_category_name as varchar) as national_slot_category_name,
        cast(context_type as varchar) as context_type,
        cast(service_setting as varchar) as service_setting,
        cast(national_slot_category_description as varchar) as national_slot_category_description,
        cast(csds_care_contact_identifier as varchar) as csds_care_contact_identifier,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(publisher_organisation_code as varchar) as publisher_organisation_code,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
