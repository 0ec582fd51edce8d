-- Grain: one row per appointment (slot and patient) and user of its session, cancelled ones too.
-- Rule source: emis_to_olids.csv; the feed never said that a slot has one user.
with booking as (
    select
        slot.publisher_organisation_code,
        slot.slot_guid,
        version.patient_guid,
        slot.lds_source_record_id,
        slot.lds_source_key,
        slot.lds_load_sequence,
        slot.lds_extracted_at,
        slot.lds_row_number,
        -- a row that deletes holds keys only; the session of the patient's last booking counts
        arg_max(
            version.session_guid,
            (version.lds_extracted_at, version.lds_load_sequence, version.lds_row_number)
        ) as session_guid,
        -- deleted with its patient: the appointment is deleted, and its users with it
        arg_max(
            coalesce(version.deleted, false),
            (version.lds_extracted_at, version.lds_load_sequence, version.lds_row_number)
        ) as is_deleted
    from raw.appointment_slot as slot
    inner join raw_all.appointment_slot as version
        on
            slot.publisher_organisation_code = version.publisher_organisation_code
            and slot.slot_guid = version.slot_guid
    where version.patient_guid is not null
    group by all
),

renamed as (
    select
        -- keys
        lds_id(
            'appointment_practitioner',
            booking.publisher_organisation_code,
            booking.slot_guid,
            booking.patient_guid,
            holder.user_in_role_guid
        ) as id,
        lds_id('patient', booking.publisher_organisation_code, booking.patient_guid) as patient_id,
        lds_organisation_id(booking.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(booking.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(booking.publisher_organisation_code) as author_organisation_id,
        lds_id(
            'appointment',
            booking.publisher_organisation_code,
            booking.slot_guid,
            booking.patient_guid
        ) as appointment_id,
        lds_id('practitioner', booking.publisher_organisation_code, holder.user_in_role_guid)
            as practitioner_id,
        -- the row that made the user part of the session
        holder.lds_source_record_id as lds_source_record_id_practitioner,
        -- flags
        false as lds_is_deleted,
        -- provenance
        booking.publisher_organisation_code,
        booking.lds_source_record_id,
        booking.lds_source_key,
        booking.lds_load_sequence,
        booking.lds_extracted_at,
        booking.lds_row_number
    from booking
    inner join raw.appointment_session_user as holder
        on
            booking.publisher_organisation_code = holder.publisher_organisation_code
            and booking.session_guid = holder.session_guid
    where not booking.is_deleted and holder.deleted is distinct from true
)

select * from renamed
