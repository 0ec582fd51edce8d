-- Grain: one row per patient.
select
    sr_patient(patient_no) as row_id,
    title as "Title",
    given as "FirstName",
    middle as "MiddleNames",
    surname as "Surname",
    case when sex = 'F' and chance(k, 800, 0.1)
        then mark(one_of(getvariable('syn_surname'), k, 801)) end as "PreviousSurname",
    nhs_number as "NHSNumber",
    sr_minute(birth_date + case when birth_date > bulk_date() - 365
        then to_minutes(pick(k, 802, 1440)) else to_minutes(0) end) as "DateBirth",
    sr_minute(death_date) as "DateDeath",
    case when chance(k, 803, 0.1) then typed(mark('London'), k, 804) end as "BirthPlace",
    sex as "Gender",
    case when chance(k, 806, 0.8) then [[speaks_english:Yes]] when chance(k, 807, 0.5)
        then [[speaks_english:No]] when chance(k, 808, 0.5) then [[speaks_english:Unknown]] end
        as "SpeaksEnglish",
    email as "EmailAddress",
    sr_flag(is_dummy) as "TestPatient",
    sr_flag(coalesce(nhs_number = nhs_number(person_no), false) and not chance(k, 809, 0.02))
        as "SpineMatched",
    is_deleted as is_removed
from syn.patient_day($day)
