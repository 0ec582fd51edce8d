-- Grain: one row per home visit. It carries the number of an appointment (SRAppointment).
select
    sr_slot(slot.slot_no) - 1 as row_id,
    sr_when(slot.booked_at) as "DateEventRecorded",
    sr_profile(session.staff_no) as "IDProfileEnteredBy",
    sr_when(slot.booked_at) as "DateBooked",
    sr_when(slot.starts_at) as "DateRequested",
    case
        when has_changed($day, slot.changed_day) and slot.next_status = 'Slot Available'
            then [[visit_status:Cancelled by Patient]]
        when has_changed($day, slot.changed_day) and slot.next_did_not_attend or slot.did_not_attend
            then [[visit_status:No Access Visit]]
        when has_changed($day, slot.changed_day) or slot.status = 'Left'
            then [[visit_status:Finished]]
        else [[visit_status:Requested]]
    end as "CurrentStatus",
    sr_profile(session.staff_no) as "IDProfileRequested",
    case when chance(slot.k, 23, 0.9) then sr_profile(session.staff_no) else -1 end
        as "IDProfileAssigned",
    case when chance(slot.k, 24, 0.5) then [[visit_follow_up:No]]
        else [[visit_follow_up:Unknown]] end as "FollowUpDetails",
    '-1' as "IDReferralIn",
    sr_patient(slot.patient_no) as "IDPatient",
    '$here' as "IDOrganisation",
    slot.minutes as "Duration",
    '$here' as "IDOrganisationRegisteredAt",
    goes($day, slot.deleted_day) as is_removed
from syn.slot as slot
inner join syn.session as session on session.session_no = slot.session_no
where happens($day, slot.born_day, slot.changed_day, slot.deleted_day, slot.readded_day)
    and slot.mode = 'Face to Face (Home Visit)'
    and slot.patient_no is not null
order by slot.slot_no
