-- Grain: one row per post of a person at a unit.
select
    sr_profile(staff_no) as row_id,
    sr_when(start_date) as "DateProfileCreated",
    sr_profile(getvariable('syn_practice') * 1000 + 1) as "IdProfileCreatedBy",
    case role_code when 'R0260' then [[role:General Medical Practitioner]]
        when 'R0600' then [[role:Staff Nurse]] when 'R1450' then [[role:Health Care Support Worker]]
        when 'R1290' then [[role:Pharmacist]] else [[role:Clerical Worker]] end
        as "IDStaffMemberProfileRole",
    -- without a label here, the role's description says what it is
    case when staff_no % 7 > 0 then role_name end as "StaffRole",
    sr_when(start_date) as "DateEmploymentStart",
    sr_when(end_date) as "DateEmploymentEnd",
    staff_no as "IDStaffMember",
    '$here' as "IDOrganisation",
    case when gmc_code is null then 'Invalid Id' else 'G9' || right(gmc_code, 6) end as "GmpID",
    is_deleted as is_removed
from syn.staff_day($day)
