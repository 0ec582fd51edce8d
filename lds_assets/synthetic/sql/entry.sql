-- Grain: one row per event before its values: which code, of whom, when, under which parent.
-- Event number: patient, then 00000 + consultation, 90000 profile, 91000 diagnosis, 92000 monitoring.
create or replace table syn.entry as
with draw as (
    select
        consultation.*,
        unnest(range(0, 1 + pick(k, 20, 3) + (pick(k, 21, 4) // 3))) as d
    from syn.consultation as consultation
),

consulted as (
    select
        draw.patient_no * 100000 + (draw.consultation_no % 1000) * 100 + draw.d * 20 as first_no,
        draw.patient_no,
        draw.consultation_no,
        draw.started_at as happened_at,
        draw.staff_no,
        draw.born_day,
        null::bigint as problem_event_no,
        slot.bundle_no
    from draw
    inner join syn.bundle_slot as slot on slot.slot = pick(draw.k, 22 + draw.d, 1000)
),

monitored as (
    select
        patient_no * 100000 + 92000 + condition_no * 200 + y * 20 as first_no,
        patient_no,
        null::bigint as consultation_no,
        diagnosed_on + (30 + 365 * y + pick(k, 10 + y, 40))::integer + to_hours(9 + pick(k, 30 + y, 8))
            as happened_at,
        getvariable('syn_practice') * 1000 + 1 + pick(k, 50 + y, getvariable('syn_staff')) as staff_no,
        0 as born_day,
        patient_no * 100000 + 91000 + condition_no * 10 as problem_event_no,
        bundle_no
    from syn.patient_condition
    cross join range(0, 9) as years(y)
    where bundle_no is not null
        and diagnosed_on + (30 + 365 * y + pick(k, 10 + y, 40))::integer < until
),

bundled as (
    select
        first_no + item.item_no as event_no,
        source.patient_no,
        source.consultation_no,
        case when item.kind_no is null then item.code_no
            else kind.code_nos[1 + (len(kind.code_nos) * pow(rnd(
                row_key(8, first_no + item.item_no), 1), 2.2))::bigint % len(kind.code_nos)] end
            as code_no,
        item.shift,
        case when item.is_child then first_no end as parent_event_no,
        problem_event_no,
        happened_at,
        staff_no,
        born_day
    from (select * from consulted union all select * from monitored) as source
    inner join syn.bundle_item as item on item.bundle_no = source.bundle_no
    left join syn.kind as kind on kind.kind_no = item.kind_no
),

diagnosed as (
    select
        patient_no * 100000 + 91000 + condition_no * 10 + step as event_no,
        patient_no,
        null::bigint as consultation_no,
        case step when 0 then diagnosis_code_no else resolved_code_no end as code_no,
        0.0 as shift,
        null::bigint as parent_event_no,
        null::bigint as problem_event_no,
        case step when 0 then diagnosed_on
            else least(until, diagnosed_on + (200 + pick(k, 5, 1500))::integer) end + to_hours(10)
            as happened_at,
        getvariable('syn_practice') * 1000 + 1 + pick(k, 6, getvariable('syn_doctors')) as staff_no,
        0 as born_day
    from syn.patient_condition
    cross join range(0, 2) as steps(step)
    where step = 0 or is_resolved
),

profiled as (
    select
        patient_no * 100000 + 90000 + part.part_no as event_no,
        patient_no,
        null::bigint as consultation_no,
        kind.code_nos[1 + pick(k, 300 + part.part_no, len(kind.code_nos))] as code_no,
        0.0 as shift,
        null::bigint as parent_event_no,
        null::bigint as problem_event_no,
        least(registered_on + pick(k, 320 + part.part_no, 60)::integer, coalesce(
            deducted_on, bulk_date())) + to_hours(11) as happened_at,
        usual_staff_no as staff_no,
        born_day
    from syn.patient as patient
    cross join syn.profile as part
    inner join syn.kind as kind on kind.kind_no = part.kind_no
    where chance(k, 340 + part.part_no, part.share)
        and date_diff('year', birth_date, bulk_date()) >= part.min_age
)

select * from bundled
union all by name select * from diagnosed
union all by name select * from profiled
order by event_no;
