-- Grain: one row per slot new or changed on the day; a vacant slot has no patient.
select
    slot_guid(slot_no) as "SlotGuid",
    starts_at::date as "AppointmentDate",
    clock(starts_at) as "AppointmentStartTime",
    minutes as "PlannedDurationInMinutes",
    patient_guid(patient_no) as "PatientGuid",
    clock(sent_in_at) as "SendInTime",
    clock(left_at) as "LeftTime",
    did_not_attend as "DidNotAttend",
    date_diff('minute', starts_at, sent_in_at) as "PatientWaitInMin",
    date_diff('minute', starts_at, sent_in_at) as "AppointmentDelayInMin",
    date_diff('minute', sent_in_at, left_at) as "ActualDurationInMinutes",
    organisation_guid() as "OrganisationGuid",
    session_guid(session_no) as "SessionGuid",
    case when did_not_attend and chance(k, 500, 0.2) then (
        select min(emis_code_id) from syn.code where kind = 'dna_reason') end as "DnaReasonCodeId",
    booked_at::date as "BookedDate",
    clock(booked_at) as "BookedTime",
    status as "SlotStatus",
    slot_type as "SlotType",
    slot_no % 3 = 0 as "IsBookableOnline",
    case when patient_no is not null then one_of(['Practice', 'Practice', 'EMIS Access'], k, 501) end
        as "BookingMethod",
    mode as "ModeOfContact",
    false as "IsBlocked",
    'Care Related Encounter' as "ContextType",
    'GP Practice' as "ServiceSetting",
    category_name as "NationalSlotCategoryName",
    category_name || ' as planned by the practice' as "NationalSlotCategoryDescription",
    is_deleted as "Deleted"
from syn.slot_day(day_no())
