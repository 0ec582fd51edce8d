-- Grain: one row per further member of staff at an appointment.
select
    sr_slot(slot_no) as row_id,
    sr_patient(patient_no) as "IDPatient",
    sr_profile(getvariable('syn_practice') * 1000 + 1 + pick(k, 31, getvariable('syn_staff')))
        as "IDProfileAttendee",
    case when chance(k, 32, 0.05) then mark('Student nurse') end as "TextualAttendee",
    'Clinician' as "AttendeeType",
    case when chance(k, 33, 0.9) then 'Accepted' else 'Declined' end as "AttendeeStatus",
    sr_when(booked_at) as "DateCreated",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileCreatedBy",
    sr_slot(slot_no) as "IDAppointment"
from syn.slot
where $day = born_day
    and mode <> 'Face to Face (Home Visit)'
    and patient_no is not null
    and chance(k, 30, 0.05)
