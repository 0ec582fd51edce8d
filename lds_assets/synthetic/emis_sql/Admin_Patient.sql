-- Grain: one row per patient new, changed, deleted or back on the day.
select
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    live(is_deleted, user_guid(usual_staff_no)) as "UsualGpUserInRoleGuid",
    live(is_deleted, sex) as "Sex",
    live(is_deleted, birth_date) as "DateOfBirth",
    live(is_deleted, death_date) as "DateOfDeath",
    live(is_deleted, title) as "Title",
    live(is_deleted, given) as "GivenName",
    live(is_deleted, middle) as "MiddleNames",
    live(is_deleted, surname) as "Surname",
    live(is_deleted, registered_on) as "DateOfRegistration",
    live(is_deleted, nhs_number) as "NhsNumber",
    live(is_deleted, patient_no % 1000000) as "PatientNumber",
    live(is_deleted, case when patient_no % 97 = 0 then ' ' else '' end || registration_type)
        as "PatientTypeDescription",
    live(is_deleted, is_dummy) as "DummyType",
    live(is_deleted, house) as "HouseNameFlatNumber",
    live(is_deleted, street) as "NumberAndStreet",
    live(is_deleted, village) as "Village",
    live(is_deleted, town) as "Town",
    live(is_deleted, county) as "County",
    live(is_deleted, replace(postcode, ' ', '')) as "Postcode",
    live(is_deleted, person_guid(person_no)) as "PersonGuid",
    live(is_deleted, deducted_on) as "DateOfDeactivation",
    is_deleted as "Deleted",
    live(is_deleted, spine_sensitive) as "SpineSensitive",
    live(is_deleted, is_confidential) as "IsConfidential",
    live(is_deleted, email) as "EmailAddress",
    live(is_deleted, home_phone) as "HomePhone",
    live(is_deleted, mobile) as "MobilePhone",
    live(is_deleted, case when registration_type in ('Temporary', 'Community Registered')
        then one_of(getvariable('emis_practices'), k, 500) end) as "ExternalUsualGPOrganisation",
    live(is_deleted, case when chance(k, 501, 0.02) then typed(mark('Prefers calls after work'), k, 502)
        end) as "ContactComments"
from syn.patient_day(day_no())
