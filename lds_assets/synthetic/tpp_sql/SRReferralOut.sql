-- Grain: one row per referral to another service.
with sent as (
    select
        referral.* exclude (born_day, changed_day, deleted_day, readded_day, patient_no),
        event.* exclude (event_no),
        code.ctv3_code,
        code.snomed_code,
        sr_entry_key(event.consultation_no, event.k) as ek
    from syn.referral_day($day) as referral
    inner join syn.event as event on event.event_no = referral.event_no
    inner join syn.code as code on code.code_key = event.code_key
)

select
    sr_code(event_no) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(event_date) as "DateEvent",
    $entry_columns
    case service_type when 'Outpatient' then [[referral_type:Outpatient]]
        when 'Assessment' then [[referral_type:Assessment]]
        when 'Investigation' then [[referral_type:Investigation]]
        when 'Treatment' then [[referral_type:Treatment]]
        when 'Community Care' then [[referral_type:Community Care]] end as "TypeOfReferral",
    case when chance(k, 1000, 0.8) then [[referral_reason:Diagnosis and treatment]]
        else [[referral_reason:Second opinion]] end as "Reason",
    sr_profile(staff_no) as "IDProfileReferrer",
    case when chance(k, 1001, 0.8) then [[service_offered:Not set]]
        else [[service_offered:Advice/consultation]] end as "ServiceOffered",
    sr_flag(chance(k, 1002, 0.05)) as "ReReferral",
    case urgency when '2 Week Wait' then [[referral_urgency:Two week wait]]
        when 'Urgent' then [[referral_urgency:Urgent]] when 'Soon' then [[referral_urgency:Soon]]
        else [[referral_urgency:Routine]] end as "Urgency",
    ctv3_code as "PrimaryDiagnosis",
    coalesce(snomed_code, '-1') as "SNOMEDPrimaryDiagnosis",
    case when getvariable('syn_canary') <> '' then mark(target_ods_code)
        when chance(k, 1003, 0.9) then target_ods_code else 'see letter' end as "RecipientID",
    case when target_ods_code is null then [[recipient_type:Unknown]]
        when chance(k, 1004, 0.9) then [[recipient_type:Organisation ID]]
        else [[recipient_type:GMS number]] end as "RecipientIDType",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    is_deleted as is_removed
from sent
