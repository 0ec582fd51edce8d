-- Grain: one row per person close to a patient.
with related as (
    select *, usual_staff_no as staff_no, row_key(24, patient_no) as ek
    from syn.patient
    where $day = born_day and chance(row_key(24, patient_no), 1, 0.08)
)

select
    sr_patient(patient_no) as row_id,
    sr_when(registered_on + to_minutes(620)) as "DateEventRecorded",
    sr_when(registered_on) as "DateEvent",
    $entry_columns
    one_of(['Mother', 'Father', 'Husband', 'Wife', 'Daughter', 'Son', 'Friend', 'Neighbour',
        'Legal guardian'], ek, 2) as "RelationshipType",
    [[relation_role:Personal]] as "PersonalGuardianOrProxy",
    sr_flag(chance(ek, 3, 0.6)) as "NextOfKin",
    sr_flag(chance(ek, 4, 0.1)) as "CaresForPatient",
    'FALSE' as "PrincipalCarerForPatient",
    'FALSE' as "KeyHolder",
    'FALSE' as "HasParentalResponsibility",
    'FALSE' as "InterpreterRequired",
    1 as "ContactOrder",
    'Telephone' as "ContactMethod",
    mark(one_of(getvariable('syn_female'), ek, 5) || ' ' || one_of(getvariable('syn_surname'), ek, 6))
        as "RelationshipWithName",
    mark('07700 900' || lpad(pick(ek, 7, 1000)::varchar, 3, '0')) as "RelationshipWithMobileTelephone",
    '-1' as "IDEvent",
    sr_patient(patient_no) as "IDPatient"
from related
