-- Grain: one row per session; a session holds twelve slots. Past year and the two weeks to come.
create or replace table syn.session as
with numbered as (
    select
        getvariable('syn_practice') * 1000000 + getvariable('syn_low') + j as session_no,
        row_key(4, getvariable('syn_practice') * 1000000 + getvariable('syn_low') + j) as k
    from range(0, greatest(
        1, ((getvariable('syn_high') - getvariable('syn_low')) * getvariable('syn_slots') / 12)::bigint
    )) as chunk(j)
),

dated as (
    select
        *,
        bulk_date() + (14 - pick(k, 1, 380))::integer as on_date,
        9 + pick(k, 2, 7) as at_hour
    from numbered
)

select
    session_no,
    getvariable('syn_practice') * 1000 + 1 + pick(k, 3, getvariable('syn_staff')) as staff_no,
    on_date + to_hours(at_hour) as starts_at,
    on_date + to_hours(at_hour + 2) as ends_at,
    typed(mark(one_of(['Morning surgery', 'Afternoon surgery', 'Nurse clinic', 'Telephone triage',
        'Diabetes clinic', 'Baby clinic', 'Extended access'], k, 4)), k, 5) as name,
    one_of(['Timed Appointments', 'Timed Appointments', 'Untimed Appointments'], k, 7) as kind,
    chance(k, 8, 0.01) as is_private,
    mark('Moved surgery') as next_name,
    k,
    case when on_date > bulk_date() then coalesce(day_of(k, 9, 0.05), 0) else 0 end as born_day,
    case when on_date > bulk_date() and day_of(k, 9, 0.05) is null then day_of(k, 11, 0.02) end
        as changed_day,
    null::integer as deleted_day,
    null::integer as readded_day
from dated
order by session_no;

-- Grain: one row per slot. A slot whose day falls within the deltas is attended in one of them.
create or replace table syn.slot as
with numbered as (
    select
        session.session_no * 100 + s as slot_no,
        session.*,
        row_key(5, session.session_no * 100 + s) as sk,
        session.starts_at + to_minutes(10 * s) as slot_starts_at,
        date_diff('day', bulk_date(), session.starts_at::date) as ahead,
        getvariable('syn_practice') * 1000000 + getvariable('syn_low') + pick(
            row_key(5, session.session_no * 100 + s), 4,
            getvariable('syn_high') - getvariable('syn_low')) as chosen_patient
    from syn.session as session
    cross join range(0, 12) as places(s)
),

-- a patient who joins during the deltas has no appointment yet
newcomer as (
    select patient_no from syn.patient where born_day > 0
),

booked as (
    select
        numbered.*,
        case when chance(sk, 1, 0.85) then
            case when chance(sk, 2, getvariable('rate_slot_unknown_patient'))
                then getvariable('syn_practice') * 1000000 + 900000 + pick(sk, 3, 90000)
                else nullif(chosen_patient, newcomer.patient_no) end
        end as booked_patient,
        chance(sk, 5, 0.053) as missed,
        ahead < 0 as is_past,
        ahead between 0 and getvariable('syn_days') - 1 as is_soon
    from numbered
    left join newcomer on newcomer.patient_no = numbered.chosen_patient
)

select
    slot_no,
    session_no,
    booked_patient as patient_no,
    slot_starts_at as starts_at,
    10 + 5 * pick(sk, 6, 2) as minutes,
    case when booked_patient is not null
        then slot_starts_at - to_minutes(60 * pick(sk, 7, 400) + 13) end as booked_at,
    case when booked_patient is not null and is_past and not missed
        then slot_starts_at + to_minutes(pick(sk, 8, 15)) end as sent_in_at,
    case when booked_patient is not null and is_past and not missed
        then slot_starts_at + to_minutes(15 + pick(sk, 9, 15)) end as left_at,
    booked_patient is not null and is_past and missed as did_not_attend,
    case when booked_patient is null then 'Slot Available' when not is_past then 'Booked'
        when missed then 'DNA' else 'Left' end as status,
    one_of(['Routine', 'Urgent', 'Review', 'Procedure'], sk, 10) as slot_type,
    one_of(['Face to Face (Surgery)', 'Face to Face (Surgery)', 'Telephone/Audio',
        'Video with Audio', 'Written (Including Online)', 'Face to Face (Home Visit)'], sk, 11) as mode,
    one_of(['General Consultation Routine', 'General Consultation Acute', 'Planned Clinics',
        'Clinical Triage', 'Home Visit', 'Walk-in'], sk, 12) as category_name,
    case when is_soon and booked_patient is not null and not missed and not chance(sk, 13, 0.05)
        then slot_starts_at + to_minutes(pick(sk, 8, 15)) end as next_sent_in_at,
    case when is_soon and booked_patient is not null and not missed and not chance(sk, 13, 0.05)
        then slot_starts_at + to_minutes(15 + pick(sk, 9, 15)) end as next_left_at,
    is_soon and missed and booked_patient is not null and not chance(sk, 13, 0.05)
        as next_did_not_attend,
    case when chance(sk, 13, 0.05) then null else booked_patient end as next_patient_no,
    case when chance(sk, 13, 0.05) then 'Slot Available' when missed then 'DNA' else 'Left' end
        as next_status,
    sk as k,
    born_day,
    case when is_soon and booked_patient is not null and born_day < ahead + 1 then ahead + 1 end
        as changed_day,
    null::integer as deleted_day,
    null::integer as readded_day
from booked
order by slot_no;
