-- Grain: one row per coded entry of a patient's record, with value, dates and its life in the deltas.
create or replace table syn.event as
with keyed as (
    select
        entry.*,
        row_key(9, entry.event_no) as k,
        chance(row_key(9, entry.event_no), 1, getvariable('rate_late_code')) as is_late
    from syn.entry as entry
),

coded as (
    select
        keyed.*,
        code.code_key,
        code.kind,
        code.unit,
        code.range_low,
        code.range_high,
        round(greatest(code.mean * 0.2, code.mean + shift + code.sd * (0.8 * bell(k, 2) + 0.5 * bell(
            row_key(10, keyed.patient_no * 10000 + code.code_no), 5))), code.decimals)
            as raw_value,
        round(code.mean + shift, code.decimals) as changed_value,
        patient.birth_date,
        rnd(k, 8) as date_fault
    from keyed
    inner join syn.code as code
        on code.code_no = case when keyed.is_late then getvariable('syn_late_code') else keyed.code_no end
    inner join (select patient_no, birth_date from syn.patient) as patient
        on patient.patient_no = keyed.patient_no
),

dated as (
    select
        *,
        case
            when date_fault < getvariable('rate_no_date') then null
            when date_fault < getvariable('rate_no_date') + getvariable('rate_1900') then date '1900-01-01'
            when date_fault < getvariable('rate_no_date') + getvariable('rate_1900')
                + getvariable('rate_wrong_date') then case when chance(k, 9, 0.5)
                then bulk_date() + (400 + pick(k, 10, 9000))::integer else birth_date - 300 end
            else greatest(happened_at::date, birth_date)
        end as event_date,
        case
            when date_fault < getvariable('rate_no_date') then 'U'
            when kind in ('diagnosis', 'finding') and chance(k, 11, 0.02) then 'Y'
            when kind in ('diagnosis', 'finding') and chance(k, 12, 0.03) then 'YM'
            when consultation_no is not null and chance(k, 13, 0.2) then 'YMDT'
            else 'YMD'
        end as date_precision,
        case when parent_event_no is null and kind = 'panel' and born_day = 0
            and chance(k, 14, getvariable('rate_late_parent')) then 1 else born_day end as sent_day,
        kind = 'diagnosis' or (kind = 'finding' and chance(k, 15, 0.08)) as is_problem
    from coded
)

select
    event_no,
    patient_no,
    consultation_no,
    code_key,
    kind,
    event_date,
    date_precision,
    greatest(happened_at, birth_date) as recorded_at,
    staff_no,
    raw_value as value,
    unit,
    range_low,
    range_high,
    parent_event_no,
    problem_event_no,
    is_problem,
    case when is_problem and chance(k, 16, 0.35)
        then greatest(happened_at::date, birth_date) + pick(k, 17, 200)::integer end as problem_end_date,
    case when is_problem then case when chance(k, 18, 0.7) then 'Significant Problem'
        else 'Minor Problem' end end as problem_significance,
    coalesce(raw_value > range_high or raw_value < range_low, false) as is_abnormal,
    case when kind = 'diagnosis' then 'First' else one_of(['None', 'None', 'New', 'Review'], k, 19) end
        as episodicity,
    chance(k, 20, getvariable('rate_confidential')) as is_confidential,
    changed_value as next_value,
    case when is_problem then bulk_date() end as next_problem_end_date,
    k,
    sent_day as born_day,
    case when sent_day = 0 then day_of(k, 21, getvariable('syn_edited')) end as changed_day,
    case when sent_day = 0 and day_of(k, 21, getvariable('syn_edited')) is null
        then day_of(k, 23, gone_rate()) end as deleted_day,
    case when sent_day = 0 and day_of(k, 21, getvariable('syn_edited')) is null
        and day_of(k, 23, gone_rate()) < getvariable('syn_days')
        and chance(k, 25, getvariable('rate_readded'))
        then day_of(k, 23, gone_rate()) + 1 end as readded_day
from dated
where sent_day <= getvariable('syn_days')
order by event_no;
