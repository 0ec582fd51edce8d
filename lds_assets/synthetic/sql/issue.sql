-- Grain: one row per issue; number 999 is the one made during the deltas.
create or replace table syn.issue as
with issued as (
    select
        *,
        unnest(range(0, issues)) as n,
        null::integer as issue_day
    from syn.drug
    union all by name
    select *, 999 as n, changed_day as issue_day
    from syn.drug
    where changed_day is not null and is_repeat
)

select
    drug_no * 1000 + n as issue_no,
    case when chance(row_key(12, drug_no * 1000 + n), 1, 0.002) then null else drug_no end as drug_no,
    patient_no,
    drug_key,
    case when n = 999 then bulk_date() + (issue_day - 1)
        when is_repeat then greatest(started_on, until - 28 * (n + 1)::integer) else started_on end
        as issued_on,
    case when n = 999 then bulk_date() + (issue_day - 1)
        when is_repeat then greatest(started_on, until - 28 * (n + 1)::integer) else started_on end
        + to_hours(10) + to_minutes(pick(row_key(12, drug_no * 1000 + n), 2, 400)) as recorded_at,
    staff_no,
    dosage,
    quantity,
    quantity_unit,
    course_days,
    cost,
    consultation_no,
    is_confidential,
    row_key(12, drug_no * 1000 + n) as k,
    coalesce(issue_day, born_day) as born_day,
    null::integer as changed_day,
    case when coalesce(issue_day, born_day) = 0 then day_of(row_key(12, drug_no * 1000 + n), 3,
        gone_rate()) end as deleted_day,
    null::integer as readded_day
from issued
order by issue_no;
