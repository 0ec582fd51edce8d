-- Grain: one row per appointment, home visits apart; some slots without a patient come along.
with slot as (
    select
        slot.* exclude (born_day, changed_day, deleted_day, readded_day),
        session.staff_no,
        session.name,
        session.kind,
        goes($day, slot.deleted_day) as is_deleted,
        has_changed($day, slot.changed_day) as is_later
    from syn.slot as slot
    inner join syn.session as session on session.session_no = slot.session_no
    where happens($day, slot.born_day, slot.changed_day, slot.deleted_day, slot.readded_day)
        and slot.mode <> 'Face to Face (Home Visit)'
        and (slot.patient_no is not null or chance(slot.k, 20, 0.2))
),

state as (
    select
        *,
        case
            when patient_no is null then [[appointment_status:Blocked]]
            when is_later and next_status = 'Slot Available'
                then [[appointment_status:Cancelled by Patient]]
            when is_later and next_did_not_attend or did_not_attend and chance(k, 21, 0.8)
                then [[appointment_status:Did Not Attend]]
            when did_not_attend then [[appointment_status:Cancelled by Unit]]
            when is_later or status = 'Left' then [[appointment_status:Finished]]
            else [[appointment_status:Booked]]
        end as sr_status
    from slot
)

select
    sr_slot(slot_no) as row_id,
    sr_when(starts_at) as "DateStart",
    sr_when(starts_at + to_minutes(minutes)) as "DateEnd",
    sr_status as "AppointmentStatus",
    sr_when(booked_at) as "DateAppointmentBooked",
    sr_when(case when is_later then next_sent_in_at else sent_in_at end - to_minutes(5))
        as "DatePatientArrival",
    sr_when(case when is_later then next_sent_in_at else sent_in_at end) as "DatePatientSeen",
    sr_flag(slot_type = 'Review') as "FollowUpAppointment",
    sr_flag(mode like 'Telephone%') as "TelephoneAppointment",
    sr_profile(staff_no) as "IDProfileClinician",
    name as "RotaName",
    kind as "RotaType",
    [[rota_location:Main surgery]] as "RotaLocation",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileRotaOwner",
    'FALSE' as "AllowsOverbooking",
    sr_when(case when sr_status in ([[appointment_status:Cancelled by Patient]],
        [[appointment_status:Cancelled by Unit]]) then starts_at - to_minutes(130) end)
        as "DateAppointmentCancelled",
    sr_session(session_no) as "IDRota",
    '-1' as "IDReferralIn",
    coalesce(sr_patient(patient_no)::varchar, one_of(['-1', null], k, 22)) as "IDPatient",
    '$here' as "IDOrganisation",
    '$here' as "IDOrganisationRegisteredAt",
    is_deleted as is_removed
from state
order by slot_no
