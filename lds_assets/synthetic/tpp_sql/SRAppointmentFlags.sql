-- Grain: one row per flag on an appointment.
select
    sr_slot(slot_no) as row_id,
    sr_slot(slot_no) as "IDAppointment",
    case when chance(k, 41, 0.6) then [[appointment_flag:Interpreter booked]]
        else [[appointment_flag:Double slot]] end as "Flag",
    sr_slot(slot_no) // 7 as "OldRowIdentifier"
from syn.slot
where $day = born_day
    and mode <> 'Face to Face (Home Visit)'
    and patient_no is not null
    and chance(k, 40, 0.04)
