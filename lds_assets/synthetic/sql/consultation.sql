-- Grain: one row per consultation. Number below 800: in the bulk (or imported later for a patient
-- who joins during the deltas); 800 + d: happened the day before delta d.
create or replace table syn.consultation as
with attended as (
    select
        patient_no,
        slot_no,
        starts_at,
        row_number() over (partition by patient_no order by starts_at desc, slot_no) - 1 as n
    from syn.slot
    where left_at is not null
),

counted as (
    select
        *,
        greatest(birth_date, bulk_date() - 5500) as from_date,
        coalesce(least(deducted_on, bulk_date()), case when born_day = 0 then bulk_date()
            else registered_on end) as to_date,
        least(700, (exp(bell(k, 70) * 0.9 - 0.405) * getvariable('syn_consultations')
            * (0.4 + least(90, date_diff('year', birth_date, bulk_date())) / 65.0))::bigint)
            as consultation_count
    from syn.patient
),

history as (
    select
        counted.patient_no,
        unnest(range(0, consultation_count)) as n,
        from_date,
        to_date,
        case when born_day > 0 then born_day + 1 else 0 end as born_day
    from counted
    where to_date > from_date
),

recent as (
    select
        patient_no,
        800 + d as n,
        bulk_date() + (d - 1)::integer as from_date,
        bulk_date() + (d - 1)::integer as to_date,
        d as born_day
    from syn.patient
    cross join range(1, getvariable('syn_days') + 1) as days(d)
    where deducted_on is null and born_day <= d
        and chance(k, 200 + d, case when born_day = d then 1 else getvariable('syn_touch') end)
),

numbered as (
    select
        *,
        patient_no * 1000 + n as consultation_no,
        row_key(6, patient_no * 1000 + n) as k
    from (select * from history union all select * from recent)
    where born_day <= getvariable('syn_days')
),

dated as (
    select
        *,
        greatest(from_date, to_date - 1 - ((date_diff('day', from_date, to_date)) * pow(
            rnd(k, 1), 1.6))::integer) as on_date
    from numbered
)

select
    dated.consultation_no,
    dated.patient_no,
    case when dated.n < 800 and attended.slot_no is not null then attended.starts_at
        when dated.n >= 800 then from_date + to_minutes(480 + pick(k, 2, 600))
        else on_date + to_minutes(480 + pick(k, 2, 600)) end as started_at,
    getvariable('syn_practice') * 1000 + 1 + pick(k, 3, getvariable('syn_staff')) as staff_no,
    case when attended.slot_no is not null then 'gp_surgery'
        else one_of(['gp_surgery', 'gp_surgery', 'telephone', 'telephone', 'nurse_clinic', 'online',
            'video', 'home_visit', 'hospital_letter', 'administration'], k, 4) end as kind,
    attended.slot_no,
    chance(k, 5, getvariable('rate_confidential')) as is_confidential,
    getvariable('syn_practice') * 1000 + 1 as next_staff_no,
    k,
    born_day,
    case when born_day = 0 then day_of(k, 6, getvariable('syn_edited') * 0.6) end as changed_day,
    case when born_day = 0 and day_of(k, 6, getvariable('syn_edited') * 0.6) is null
        then day_of(k, 8, gone_rate()) end as deleted_day,
    null::integer as readded_day
from dated
left join attended on attended.patient_no = dated.patient_no and attended.n = dated.n
order by dated.consultation_no;
