-- Grain: one row per safeguarding entry.
select
    sr_patient(patient_no) as row_id,
    sr_when(registered_on + to_minutes(650)) as "DateAdded",
    sr_profile(usual_staff_no) as "IDProfileEnteredBy",
    sr_flag(chance(k, 817, 0.4)) as "ProtectionPlan",
    sr_when(case when chance(k, 818, 0.4) then registered_on + 700 end) as "DateRemoved",
    case when chance(k, 818, 0.4) then mark('No longer needed') end as "RemovalReason",
    sr_patient(patient_no) as "IDPatient",
    '$here' as "IDOrganisation",
    '$here' as "IDOrganisationRegisteredAt",
    mark('Concern raised by school') as "ReasonForPlan"
from syn.patient
where $day = born_day and chance(k, 816, 0.01)
