-- Grain: one row per patient of the chunk: who it is and how long registered. What belongs to the
-- person (birth, sex, names) follows from the person number, so the same person looks the same at
-- every practice and supplier.
create or replace table syn.registrant as
with numbered as (
    select
        i,
        getvariable('syn_practice') * 1000000 + i as patient_no,
        row_key(1, getvariable('syn_practice') * 1000000 + i) as k
    from range(getvariable('syn_low'), getvariable('syn_high')) as chunk(i)
),

-- one patient in sixteen is a person counted at another practice as well
shared as (
    select
        *,
        getvariable('syn_first_person') + i as own_person,
        chance(k, 1, getvariable('rate_two_practices') * 16) and i % 16 = 7
            and getvariable('syn_persons') > getvariable('syn_span') as is_shared,
        (getvariable('syn_first_person') + getvariable('syn_span') + pick(
            k, 2, greatest(getvariable('syn_persons') - getvariable('syn_span'), 1)
        )) % greatest(getvariable('syn_persons'), 1) as other_person
    from numbered
),

person as (
    select
        *,
        case
            when is_shared then other_person + case when other_person % 16 = 7 then 1 else 0 end
            else own_person
        end as person_no
    from shared
),

born as (
    select
        *,
        row_key(2, person_no) as pk,
        bulk_date() - (
            (getvariable('syn_ages')[1 + pick(row_key(2, person_no), 1, 100)] + rnd(
                row_key(2, person_no), 2
            ) * 5) * 365.25
        )::integer as birth_date,
        case when chance(row_key(2, person_no), 3, 0.503) then 'F'
            when chance(row_key(2, person_no), 4, 0.997) then 'M'
            else one_of(['U', 'I'], row_key(2, person_no), 5) end as sex,
        day_of(k, 10, getvariable('syn_touch') * 0.15) as joined_day
    from person
),

placed as (
    select
        *,
        coalesce(joined_day, 0) as born_day,
        i <= 3 and getvariable('rate_dummy') > 0 as is_dummy,
        joined_day is not null or is_shared or i <= 3
            or chance(k, 12, getvariable('syn_open_share')) as is_open,
        case when joined_day is null then bulk_date() - 1 - pick(k, 13, 1825) end as left_on,
        day_of(k, 14, getvariable('syn_touch') * 0.25) as moved_day,
        day_of(k, 16, greatest(0.0005, getvariable('syn_touch') * 0.03)) as gone_day
    from born
),

dated as (
    select
        *,
        case when not is_open then greatest(left_on, birth_date) end as deducted_on,
        case
            when joined_day is not null then bulk_date() + (joined_day - 1)
            else greatest(birth_date, least(bulk_date(), case when is_open then bulk_date()
                else left_on end) - (30 - ln(1 - rnd(k, 18)) * 2600)::integer)
        end as registered_on,
        chance(k, 19, 0.04 + 0.4 * greatest(0, date_diff('year', birth_date, bulk_date()) - 60) / 40)
            as has_died
    from placed
)

select * from dated;
