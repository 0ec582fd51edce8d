-- Grain: one row per person who works in the system.
select
    staff_no as row_id,
    title || ' ' || given || ' ' || surname as "StaffName",
    lower(left(given, 1)) || staff_no as "StaffUserName",
    case when gmc_code is not null then 'GMC' when role_code = 'R0600' then 'NMC'
        when role_code = 'R1290' then 'GPhC' else 'Other' end as "NationalIdType",
    coalesce(gmc_code, case when role_code = 'R0600' then '99A' || lpad((staff_no % 10000)::varchar,
        4, '0') || 'Z' end) as "IDNational",
    (end_date is not null)::integer as "Obsolete",
    is_deleted as is_removed
from syn.staff_day($day)
