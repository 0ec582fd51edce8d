-- Grain: one row per version of a coded entry. A second version of a key follows the first.
with entry as (
    select
        event.*,
        code.term,
        code.ctv3_code,
        code.snomed_code,
        sr_entry_key(event.consultation_no, event.k) as ek,
        $day > 0 and chance(event.k, 840, getvariable('rate_two_versions') * 20) as is_twice
    from syn.event_day($day) as event
    inner join syn.code as code on code.code_key = event.code_key
    where event.kind not in ('immunisation', 'referral') and sr_culprit(event.code_key) is null
),

version as (
    select *, 2 as version_no from entry
    union all by name
    select * replace (value * 2 as value), 1 as version_no
    from entry
    where is_twice and not is_deleted
),

-- a removal of a row that was never sent
stranger as (
    select patient_no * 100000 + 99990 as event_no, true as is_deleted
    from entry
    where $day > 0 and chance(k, 841, getvariable('rate_unknown_delete') * 20)
)

select
    sr_code(event_no) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(case when date_precision = 'YMDT' then event_date + recorded_at::time else event_date end)
        as "DateEvent",
    $entry_columns
    ctv3_code as "CTV3Code",
    term as "CTV3Text",
    case when snomed_code is null then one_of(['-1', '0', null], k, 842)
        when chance(k, 843, 0.03) then '-1' else snomed_code end as "SNOMEDCode",
    case when snomed_code is not null then term end as "SNOMEDText",
    case when value is not null then case when chance(k, 844, 0.004) then '<'
        when chance(k, 845, 0.004) then '>=' end end as "NumericComparator",
    sr_flag(value is not null) as "IsNumeric",
    coalesce(value::float::varchar, case when chance(k, 846, 0.8) then '0.0' else '-1' end)
        as "NumericValue",
    case when value is not null then unit end as "NumericUnit",
    case when episodicity in ('First', 'New') then [[episode_type:New]]
        when episodicity = 'Review' then [[episode_type:Ongoing]] end as "EpisodeType",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    '-1' as "IDReferralIn",
    is_deleted as is_removed
from (select * from version union all by name select * from stranger)
order by event_no, version_no
