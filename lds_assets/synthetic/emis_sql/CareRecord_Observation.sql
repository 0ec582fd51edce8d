-- Grain: one row per event version of the day. A few changed ones come with their older version
-- before them (lower ProcessingId); and a delta deletes one record nobody ever had.
with today as (
    select *, 0 as back from syn.event_day(day_no())
    union all by name
    select event.*, false as is_deleted, 1 as back
    from syn.event as event
    where changed_day = day_no() and chance(k, 500, least(1, getvariable('rate_two_versions') * 200))
),

known as (
    select
        event_no,
        event_guid(event_no) as "ObservationGuid",
        patient_guid(patient_no) as "PatientGuid",
        organisation_guid() as "OrganisationGuid",
        live(is_deleted, event_date) as "EffectiveDate",
        live(is_deleted, date_precision) as "EffectiveDatePrecision",
        live(is_deleted, recorded_at::date) as "EnteredDate",
        live(is_deleted, clock(recorded_at)) as "EnteredTime",
        live(is_deleted, user_guid(staff_no)) as "ClinicianUserInRoleGuid",
        live(is_deleted, user_guid(staff_no)) as "EnteredByUserInRoleGuid",
        live(is_deleted, event_guid(parent_event_no)) as "ParentObservationGuid",
        live(is_deleted, code.emis_code_id) as "CodeId",
        live(is_deleted, event_guid(problem_event_no)) as "ProblemGuid",
        live(is_deleted, consultation_guid(consultation_no)) as "ConsultationGuid",
        live(is_deleted, value::decimal(12, 3)) as "Value",
        live(is_deleted, event.unit) as "NumericUnit",
        live(is_deleted, case when value is not null then 'Value' else code.observation_type end)
            as "ObservationType",
        live(is_deleted, event.range_low::decimal(12, 3)) as "NumericRangeLow",
        live(is_deleted, event.range_high::decimal(12, 3)) as "NumericRangeHigh",
        live(is_deleted, case when chance(k, 501, 0.004) then typed(mark('<Qualifiers><Qualifier>'
            || 'laterality</Qualifier></Qualifiers>'), k, 502) end) as "Qualifiers",
        live(is_deleted, is_abnormal) as "Abnormal",
        live(is_deleted, case when is_abnormal then 'OutOfRange' end) as "AbnormalReason",
        live(is_deleted, episodicity) as "Episode",
        is_deleted as "Deleted",
        live(is_deleted, is_confidential) as "IsConfidential",
        getvariable('out_number') - back as "ProcessingId"
    from today as event
    inner join emis.code as code on code.code_key = event.code_key
),

unknown as (
    select
        event_guid(900000000000000 + getvariable('syn_practice') * 1000 + day_no()) as "ObservationGuid",
        patient_guid(getvariable('syn_practice') * 1000000 + 999999) as "PatientGuid",
        organisation_guid() as "OrganisationGuid",
        true as "Deleted",
        getvariable('out_number') as "ProcessingId"
    where day_no() > 0 and getvariable('rate_unknown_delete') > 0 and getvariable('syn_low') = 1
)

select * exclude (event_no)
from (select * from known union all by name select * from unknown)
order by event_no, "ProcessingId"
