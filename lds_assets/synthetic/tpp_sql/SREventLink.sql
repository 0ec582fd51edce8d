-- Grain: one row per consultation that was booked; some point to an appointment of another unit.
with contact as (
    select consultation.*, slot.mode = 'Face to Face (Home Visit)' as is_visit, consultation.k as ek
    from syn.consultation_day($day) as consultation
    inner join syn.slot as slot on slot.slot_no = consultation.slot_no
)

select
    sr_event(consultation_no) as row_id,
    sr_when(started_at) as "DateEventRecorded",
    sr_when(started_at) as "DateEvent",
    $entry_columns
    sr_event(consultation_no) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    '-1' as "IDReferralIn",
    case when is_visit then null
        when chance(ek, 820, getvariable('rate_dangling_link')) then sr_slot(slot_no) + 50
        else sr_slot(slot_no) end as "IDAppointment",
    case when is_visit then sr_slot(slot_no) - 1 end as "IDVisit",
    is_deleted as is_removed
from contact
