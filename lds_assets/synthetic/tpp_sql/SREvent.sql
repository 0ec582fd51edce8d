-- Grain: one row per consultation or other contact.
with contact as (
    select *, k as ek
    from syn.consultation_day($day)
)

select
    sr_event(consultation_no) as row_id,
    sr_when(started_at + to_minutes(pick(ek, 800, 20))) as "DateEventRecorded",
    sr_when(started_at) as "DateEvent",
    $entry_columns
    '-1' as "IDStaffMemberProfileRole",
    case when is_confidential then sr_profile(staff_no) end as "IDProfileAuthorisedBy",
    case when kind = 'home_visit' then [[contact_location:Patient's home]]
        when kind = 'nurse_clinic' and chance(ek, 801, 0.2)
            then [[contact_location:Clinic, other site]]
        when kind in ('gp_surgery', 'nurse_clinic') then [[contact_location:GP surgery]]
        end as "ContactEventLocation",
    case kind when 'telephone' then [[contact_method:Telephone]]
        when 'video' then [[contact_method:Video call]]
        when 'online' then [[contact_method:Online message]]
        when 'hospital_letter' then [[contact_method:Letter]]
        when 'administration' then [[contact_method:Administration]]
        else case when chance(ek, 802, 0.1) then [[contact_method:Face to Face]]
            else [[contact_method:Face to face]] end end as "ContactMethod",
    sr_flag(chance(ek, 803, 0.002)) as "EventIncomplete",
    sr_flag(kind not in ('hospital_letter', 'administration')) as "ClinicalEvent",
    '-1' as "IDReferralIn",
    sr_patient(patient_no) as "IDPatient",
    case when chance(ek, 804, 0.1) and not sr_is_shared_in(ek) then '5001' end as "IDBranch",
    is_deleted as is_removed
from contact
