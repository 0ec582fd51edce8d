-- Grain: one row per slot with a patient.
-- Rule source: tpp_to_olids.csv; an empty slot is no appointment.
with slot as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        case when id_rota > 0 then id_rota end as rota_no
    from raw.sr_appointment
    where coalesce(removed_data, false) or id_patient > 0
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_appointment as old
    inner join slot on old.lds_source_key = slot.lds_source_key and slot.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

labelled as (
    select
        slot.*,
        trim(coalesce(word.mapping, slot.appointment_status)) as status
    from slot
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = slot.appointment_status
),

judged as (
    select
        *,
        case
            when status ilike 'booked%' then 'booked'
            when status in ('Arrived', 'In Progress') then 'arrived'
            when status = 'Waiting' then 'pending'
            when status = 'Finished' then 'fulfilled'
            when status ilike 'did not attend%' or status = 'No Access Visit' then 'noshow'
            when regexp_matches(status, '(?i)^(cancelled|rejected|patient walked out)')
                then 'cancelled'
        end as derived_status
    from labelled
),

renamed as (
    select
        -- keys
        lds_id(
            'appointment', slot.publisher_organisation_code, 'SRAppointment', slot.row_identifier
        ) as id,
        lds_id(
            'patient', slot.publisher_organisation_code,
            case when slot.id_patient > 0 then slot.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(slot.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(slot.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(coalesce(slot.id_organisation, slot.publisher_organisation_code))
            as author_organisation_id,
        case when not slot.is_removed then lds_id(
                    'appointment',
                    slot.publisher_organisation_code,
                    'SRAppointment',
                    slot.row_identifier
                )
        end as slot_id,
        lds_id(
            'practitioner_in_role', 'shared',
            case when slot.id_profile_clinician > 0 then slot.id_profile_clinician end
        ) as practitioner_in_role_id,
        lds_id('schedule', slot.publisher_organisation_code, slot.rota_no) as schedule_id,
        -- what
        lds_concept_id('urn:lds:tpp:appointment-status', slot.status)
            as appointment_status_source_concept_id,
        slot.status as slot_status_raw,
        slot.derived_status as appointment_status_dds,
        slot.derived_status as appointment_status_derived,
        case when slot.telephone_appointment then 'Telephone' end as appointment_type,
        cast(null as varchar) as booking_method_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:contact-mode', case when slot.telephone_appointment then 'telephone' end
        ) as contact_mode_source_concept_id,
        cast(null as varchar) as national_slot_category_name,
        cast(null as varchar) as context_type,
        cast(null as varchar) as service_setting,
        cast(null as varchar) as national_slot_category_description,
        cast(null as varchar) as csds_care_contact_identifier,
        -- when
        lds_utc(slot.date_start) as start_date,
        date_diff('minute', slot.date_start, slot.date_end) as planned_duration_mins,
        cast(null as bigint) as actual_duration_mins,
        date_diff('minute', slot.date_patient_arrival, slot.date_patient_seen) as patient_wait_mins,
        case when slot.date_patient_seen >= slot.date_start
                then date_diff('minute', slot.date_start, slot.date_patient_seen)
        end as patient_delay_mins,
        lds_utc(slot.date_appointment_booked) as datetime_booked,
        lds_utc(slot.date_patient_seen) as datetime_sent_in,
        cast(null as timestamp) as datetime_left,
        cast(slot.date_appointment_cancelled as date) as cancelled_date,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(slot.is_removed, true) as is_blocked,
        slot.is_removed as lds_is_deleted,
        -- provenance
        slot.publisher_organisation_code,
        slot.lds_source_record_id,
        slot.lds_source_key,
        slot.lds_load_sequence,
        slot.lds_extracted_at,
        slot.lds_row_number
    from judged as slot
    left join last_known
        on slot.publisher_organisation_code = last_known.publisher_organisation_code
        and slot.lds_source_key = last_known.lds_source_key
)

select * from renamed
