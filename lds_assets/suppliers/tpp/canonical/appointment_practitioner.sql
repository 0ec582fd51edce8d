-- Grain: one row per slot with a patient and member of staff at it.
-- Rule source: tpp_to_olids.csv; the one it is booked with, and attendees by profile. Who is both
-- counts once. Keyed by the appointment; removed rows are deleted by not coming back.
with appointment as (
    select * from raw.sr_appointment
    where not coalesce(removed_data, false) and id_patient > 0
),

present as (
    select
        publisher_organisation_code,
        row_identifier as appointment_no,
        id_profile_clinician as profile_no,
        0 as place,
        lds_source_record_id
    from appointment
    where id_profile_clinician > 0
    union all by name
    select
        publisher_organisation_code,
        id_appointment as appointment_no,
        id_profile_attendee as profile_no,
        row_identifier as place,
        lds_source_record_id
    from raw.sr_attendee
    where not coalesce(removed_data, false) and date_deleted is null and id_profile_attendee > 0
),

named as (
    select
        publisher_organisation_code,
        appointment_no,
        profile_no,
        arg_min(lds_source_record_id, place) as lds_source_record_id
    from present
    group by publisher_organisation_code, appointment_no, profile_no
),

renamed as (
    select
        -- keys
        lds_id(
            'appointment_practitioner', one.publisher_organisation_code, 'SRAppointment',
            one.row_identifier, named.profile_no
        ) as id,
        lds_id('patient', one.publisher_organisation_code, one.id_patient) as patient_id,
        lds_organisation_id(one.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(one.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(coalesce(one.id_organisation, one.publisher_organisation_code))
            as author_organisation_id,
        lds_id('appointment', one.publisher_organisation_code, 'SRAppointment', one.row_identifier)
            as appointment_id,
        lds_id('practitioner', one.publisher_organisation_code, profile.id_staff_member)
            as practitioner_id,
        profile.lds_source_record_id as lds_source_record_id_practitioner,
        -- flags
        false as lds_is_deleted,
        -- provenance
        one.publisher_organisation_code,
        named.lds_source_record_id,
        one.lds_source_key,
        one.lds_load_sequence,
        one.lds_extracted_at,
        one.lds_row_number
    from appointment as one
    inner join named
        on one.publisher_organisation_code = named.publisher_organisation_code
        and one.row_identifier = named.appointment_no
    left join raw.sr_staff_member_profile as profile
        on named.publisher_organisation_code = profile.publisher_organisation_code
        and named.profile_no = profile.row_identifier and profile.id_staff_member > 0
)

select * from renamed
