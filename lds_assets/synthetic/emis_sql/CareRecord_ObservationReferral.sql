-- Grain: one row per referral; extends its observation and is never sent as deleted. One in seven has
-- none.
select
    event_guid(event_no) as "ObservationGuid",
    patient_guid(patient_no) as "PatientGuid",
    organisation_guid() as "OrganisationGuid",
    target.organisation_guid as "ReferralTargetOrganisationGuid",
    urgency as "ReferralUrgency",
    service_type as "ReferralServiceType",
    mode as "ReferralMode",
    lpad((event_no % 1000000000000)::varchar, 12, '0') as "ReferralUBRN",
    'None Required' as "TransportRequired"
from syn.referral_day(day_no()) as referral
left join emis.organisation as target on target.ods_code = referral.target_ods_code
where not is_deleted and event_no % 7 <> 0
order by event_no
