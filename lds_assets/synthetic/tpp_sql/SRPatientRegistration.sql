-- Grain: one row per registration of a patient, here or (shared in) at the community unit.
with registration as (
    select *, row_key(22, patient_no * 10 + seq) as rk
    from syn.registration_day($day)
),

here as (
    select
        patient_no,
        seq,
        rk,
        start_date,
        end_date,
        case
            when chance(rk, 1, getvariable('rate_unknown_registration')) then 'Rotating Resident'
            when registration_type = 'Temporary' then one_of(['Temporary Resident < 16 days',
                'Temporary Resident 16 days to 3 months', 'Temporary'], rk, 2)
            when registration_type = 'Private' then 'Private'
            when registration_type = 'Community Registered' then 'Other'
            when chance(rk, 3, 0.03) then 'GMS,Contraception'
            when chance(rk, 4, 0.02) then 'Child Health Surveillance,GMS'
            else 'GMS'
        end as status,
        case when chance(rk, 5, 0.05) then null else '$here' end as unit
    from registration
),

elsewhere as (
    select patient_no, 7 as seq, rk, start_date, end_date, 'Other' as status, 'RYXZ1' as unit
    from registration
    where seq = 2 and chance(rk, 6, getvariable('rate_shared_in'))
)

select
    sr_patient(patient_no) * 10 + seq as row_id,
    sr_when(start_date + to_minutes(570)) as "DateEventRecorded",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IDProfileEnteredBy",
    sr_when(start_date) as "DateRegistration",
    sr_when(end_date) as "DateDeRegistration",
    status as "RegistrationStatus",
    case when chance(rk, 7, 0.3) then mark('High Street Pharmacy, branch 2') end
        as "PreferredPharmacy",
    sr_patient(patient_no) as "IDPatient",
    unit as "IDOrganisation",
    '$here' as "IDOrganisationRegisteredAt"
from (select * from here union all by name select * from elsewhere)
order by patient_no, seq
