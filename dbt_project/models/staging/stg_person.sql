-- generated, do not edit, rebuild with `make schema`
-- Grain: one row per person of the release, its current version.
-- Deleted rows are left out.
with release as (
    select * from {{ lake('person') }}
),

typed as (
    select
        cast(id as varchar) as id,
        cast(lds_source_record_id as varchar) as lds_source_record_id,
        cast(lds_source_dataset as varchar) as lds_source_dataset,
        cast(req_nhs_number as varchar) as req_nhs_number,
        cast(matched_nhs_no as varchar) as matched_nhs_no,
        cast(family_name as varchar) as family_name,
        cast(given_name as varchar) as given_name,
        cast(other_given_name as varchar) as other_given_name,
        cast(gender as varchar) as gender,
        cast(date_of_birth as date) as date_of_birth,
        cast(date_of_birth_precision as varchar) as date_of_birth_precision,
        cast(date_of_birth_year as bigint) as date_of_birth_year,
        cast(date_of_birth_month as bigint) as date_of_birth_month,
        cast(date_of_birth_day as bigint) as date_of_birth_day,
        cast(date_of_birth_time as varchar) as date_of_birth_time,
        cast(date_of_death as date) as date_of_death,
        cast(date_of_death_precision as varchar) as date_of_death_precision,
        cast(date_of_death_year as bigint) as date_of_death_year,
        cast(date_of_death_month as bigint) as date_of_death_month,
        cast(date_of_death_day as bigint) as date_of_death_day,
        cast(date_of_death_time as varchar) as date_of_death_time,
        cast(death_notification_status as varchar) as death_notification_status,
        cast(address_line1 as varchar) as address_line1,
        cast(address_line2 as varchar) as address_line2,
        cast(address_line3 as varchar) as address_line3,
        cast(address_line4 as varchar) as address_line4,
        cast(address_line5 as varchar) as address_line5,
        cast(postcode as varchar) as postcode,
        cast(preferred_contact_method as varchar) as preferred_contact_method,
        cast(nominated_pharmacy as varchar) as nominated_pharmacy,
        cast(dispensing_doctor as varchar) as dispensing_doctor,
        cast(medical_appliance_supplier as varchar) as medical_appliance_supplier,
        cast(gp_practice_code as varchar) as gp_practice_code,
        cast(gp_registration_date as date) as gp_registration_date,
        cast(nhais_posting_id as varchar) as nhais_posting_id,
        cast(as_at_date as date) as as_at_date,
        cast(local_patient_id as varchar) as local_patient_id,
        cast(internal_id as varchar) as internal_id,
        cast(telephone_number as varchar) as telephone_number,
        cast(mobile_number as varchar) as mobile_number,
        cast(email_address as varchar) as email_address,
        cast(mps_id as varchar) as mps_id,
        cast(is_patient_flagged_sensitive as boolean) as is_patient_flagged_sensitive,
        cast(error_success_code as varchar) as error_success_code,
        cast(is_latest_for_person as boolean) as is_latest_for_person,
        cast(is_latest_for_account as boolean) as is_latest_for_account,
        cast(lds_is_deleted as boolean) as lds_is_deleted,
        cast(source_extraction_date as timestamp) as source_extraction_date,
        cast(lds_transform_datetime as timestamp) as lds_transform_datetime
    from release
    where not coalesce(lds_is_deleted, false)
)

select * from typed
