-- Grain: one row per spell of a patient with a practice's doctor.
select
    sr_patient(registration.patient_no) * 10 + registration.seq as row_id,
    '$here' as "IDPractice",
    sr_profile(patient.usual_staff_no) as "IDProfileRegisteredGP",
    sr_when(registration.start_date) as "DateFrom",
    sr_when(registration.end_date) as "DateTo",
    sr_patient(registration.patient_no) as "IDPatient"
from syn.registration_day($day) as registration
inner join syn.patient as patient on patient.patient_no = registration.patient_no
where registration.registration_type in ('Regular', 'Dummy')
order by registration.patient_no, registration.seq
