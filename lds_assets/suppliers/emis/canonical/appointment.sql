-- Grain: one row per slot and patient booked into it; a vacant slot is no appointment.
-- A slot is used again: a patient taken off it leaves a cancelled appointment behind.
-- Rule source: emis_to_olids.csv, emis_value_lists.csv (derived status).
with history as (
    select
        lds_source_record_id,
        lead(lds_row_number) over bookings is null as is_last_of_patient,
        -- the day in London
        cast(
            timezone('Europe/London', timezone('UTC', lead(lds_extracted_at) over versions)) as date
        ) as cancelled_on
    from raw_all.appointment_slot
    window
        versions as (
            partition by publisher_organisation_code, slot_guid
            order by lds_extracted_at, lds_load_sequence, lds_row_number
        ),
        bookings as (
            partition by publisher_organisation_code, slot_guid, patient_guid
            order by lds_extracted_at, lds_load_sequence, lds_row_number
        )
),

booking as (
    select
        *,
        cast(null as date) as cancelled_on
    from raw.appointment_slot
    where patient_guid is not null
    union all by name
    -- the row that took the patient off is accounted for itself: no row number here
    select
        version.* replace (null as lds_row_number),
        history.cancelled_on
    from raw_all.appointment_slot as version
    inner join history on version.lds_source_record_id = history.lds_source_record_id
    inner join raw.appointment_slot as slot
        on
            version.publisher_organisation_code = slot.publisher_organisation_code
            and version.slot_guid = slot.slot_guid
            and version.patient_guid <> coalesce(slot.patient_guid, '')
    where history.is_last_of_patient and history.cancelled_on is not null
),

stated as (
    select
        booking.*,
        (
            select min(holder.user_in_role_guid)
            from raw.appointment_session_user as holder
            where
                booking.publisher_organisation_code = holder.publisher_organisation_code
                and booking.session_guid = holder.session_guid
                and not coalesce(holder.deleted, false)
        ) as user_in_role_guid,
        case
            when booking.deleted then null
            when booking.cancelled_on is not null then 'cancelled'
            when booking.did_not_attend then 'noshow'
            when booking.left_time is not null then 'fulfilled'
            when booking.send_in_time is not null then 'arrived'
            else 'booked'
        end as status
    from booking
),

renamed as (
    select
        lds_id('appointment', publisher_organisation_code, slot_guid, patient_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('slot', publisher_organisation_code, slot_guid) as slot_id,
        lds_id('practitioner_in_role', publisher_organisation_code, user_in_role_guid)
            as practitioner_in_role_id,
        lds_id('schedule', publisher_organisation_code, session_guid) as schedule_id,
        lds_utc(appointment_date, appointment_start_time) as start_date,
        planned_duration_in_minutes as planned_duration_mins,
        actual_duration_in_minutes as actual_duration_mins,
        lds_concept_id('urn:lds:emis:slot-status', trim(slot_status))
            as appointment_status_source_concept_id,
        trim(slot_status) as slot_status_raw,
        status as appointment_status_dds,
        status as appointment_status_derived,
        patient_wait_in_min as patient_wait_mins,
        appointment_delay_in_min as patient_delay_mins,
        lds_utc(booked_date, booked_time) as datetime_booked,
        case when send_in_time is not null then lds_utc(appointment_date, send_in_time) end
            as datetime_sent_in,
        case when left_time is not null then lds_utc(appointment_date, left_time) end
            as datetime_left,
        case when status = 'cancelled' then cancelled_on end as cancelled_date,
        trim(slot_type) as appointment_type,
        lds_concept_id('urn:lds:emis:booking-method', trim(booking_method))
            as booking_method_source_concept_id,
        lds_concept_id('urn:lds:emis:contact-mode', trim(mode_of_contact))
            as contact_mode_source_concept_id,
        case when status is not null then coalesce(is_blocked, false) end as is_blocked,
        national_slot_category_name,
        national_slot_category_description,
        context_type,
        service_setting,
        cast(null as varchar) as csds_care_contact_identifier,
        status is null as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from stated
)

select * from renamed
