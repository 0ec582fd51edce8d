-- Grain: one row per authorised medication: repeats of the conditions, acute ones of consultations.
create or replace table syn.drug as
with repeated as (
    select
        patient_no,
        patient_no * 1000 + condition_no * 10 + place.p as drug_no,
        drug_nos[1 + place.p] as drug_no_of_list,
        row_key(11, patient_no * 1000 + condition_no * 10 + place.p) as k,
        diagnosed_on + pick(k, 70, 200)::integer as started_on,
        until,
        deducted_on,
        true as is_repeat,
        getvariable('syn_practice') * 1000 + 1 + pick(k, 71, getvariable('syn_doctors')) as staff_no,
        null::bigint as consultation_no,
        0 as born_day
    from syn.patient_condition
    cross join range(0, 3) as place(p)
    where place.p < len(drug_nos)
),

acute as (
    select
        consultation.patient_no,
        consultation.patient_no * 1000 + 400 + (consultation_no % 1000) % 600 as drug_no,
        getvariable('syn_acute')[1 + pick(consultation.k, 40, len(getvariable('syn_acute')))]
            as drug_no_of_list,
        row_key(11, consultation_no) as k,
        started_at::date as started_on,
        started_at::date as until,
        null::date as deducted_on,
        false as is_repeat,
        consultation.staff_no,
        consultation_no,
        consultation.born_day
    from syn.consultation as consultation
    where chance(consultation.k, 41, 0.24)
        and (consultation_no % 1000 < 400 or consultation_no % 1000 >= 800)
),

chosen as (
    select * from repeated where chance(k, 1, 0.7) and started_on < until
    union all by name
    select * from acute
),

renewed as (
    select
        *,
        is_repeat and deducted_on is null and chance(k, 2, 0.8) as is_active,
        case when is_repeat and deducted_on is null and chance(k, 2, 0.8)
            then day_of(k, 3, 1.0 / 28) end as renewed_day,
        case when is_repeat then least(getvariable('syn_issues'), 1 + (until - started_on) // 28) else 1
            end as issue_count
    from chosen
)

select
    renewed.drug_no,
    renewed.patient_no,
    drugcode.drug_key,
    started_on,
    started_on + to_hours(10) as recorded_at,
    staff_no,
    typed(mark(drugcode.dosage), k, 5) as dosage,
    drugcode.quantity,
    drugcode.quantity_unit,
    is_repeat,
    is_active,
    case when is_repeat and not is_active then until end as cancelled_on,
    issue_count as issues,
    case when is_repeat then 12 else 1 end as issues_authorised,
    consultation_no,
    chance(k, 7, getvariable('rate_confidential')) as is_confidential,
    issue_count + 1 as next_issues,
    until,
    drugcode.course_days,
    drugcode.cost,
    k,
    born_day,
    case when born_day = 0 then renewed_day end as changed_day,
    case when born_day = 0 and renewed_day is null then day_of(k, 8, gone_rate()) end
        as deleted_day,
    null::integer as readded_day
from renewed
inner join syn.drugcode as drugcode on drugcode.drug_no_of_list = renewed.drug_no_of_list
where born_day <= getvariable('syn_days')
order by renewed.drug_no;
