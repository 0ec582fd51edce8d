-- Grain: one row per warning note on a patient's record.
select
    sr_patient(patient_no) as row_id,
    sr_when(registered_on + to_minutes(640)) as "DateEventRecorded",
    sr_profile(usual_staff_no) as "IDProfileEnteredBy",
    sr_when(registered_on) as "DateStart",
    case when chance(k, 811, 0.7) then [[note_type:Special note]] when chance(k, 812, 0.5)
        then [[note_type:Safe haven]] else [[note_type:Frequent caller]] end as "Type",
    typed(mark('Ring before visiting' || chr(13) || chr(10) || 'Dog in the house'), k, 813) as "Note",
    sr_when(case when chance(k, 815, 0.3) then registered_on + 365 end) as "DateExpired",
    sr_patient(patient_no) as "IDPatient"
from syn.patient
where $day = born_day and chance(k, 810, 0.02)
