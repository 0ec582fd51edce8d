-- Grain: one row per patient of the chunk. What belongs to the person (birth, sex, names) follows
-- from the person number, so the same person looks the same at every practice and supplier.
create or replace table syn.patient as
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

select
    patient_no,
    person_no,
    case
        when chance(k, 20, getvariable('rate_nhs_missing')) then null
        when chance(k, 21, getvariable('rate_nhs_invalid'))
            then left(nhs_number(person_no), 9)
                || ((right(nhs_number(person_no), 1)::integer + 1) % 10)::varchar
        when i > 1 and chance(k, 22, getvariable('rate_nhs_shared')) then nhs_number(own_person - 1)
        else nhs_number(person_no)
    end as nhs_number,
    case sex when 'F' then one_of(['Mrs', 'Ms', 'Miss', 'Dr'], pk, 6)
        when 'M' then one_of(['Mr', 'Mr', 'Mr', 'Dr'], pk, 6) else 'Mx' end as title,
    mark(case sex when 'F' then one_of(getvariable('syn_female'), pk, 7)
        else one_of(getvariable('syn_male'), pk, 7) end) as given,
    case when chance(pk, 8, 0.4) then mark(case sex when 'F'
        then one_of(getvariable('syn_female'), pk, 9)
        else one_of(getvariable('syn_male'), pk, 9) end) end as middle,
    mark(case when is_dummy then 'Testpatient'
        else one_of(getvariable('syn_surname'), pk, 10) end) as surname,
    sex,
    birth_date,
    case when deducted_on is not null and has_died then deducted_on end as death_date,
    case when chance(k, 30, 0.3) then mark('Flat ' || (1 + pick(k, 31, 60))::varchar) end as house,
    typed(mark((1 + pick(k, 32, 180))::varchar || ' ' || one_of(
        getvariable('syn_street'), k, 33)), k, 34) as street,
    mark(one_of(getvariable('syn_village'), k, 36)) as village,
    'London' as town,
    'Greater London' as county,
    getvariable('syn_outward') || ' ' || pick(k, 38, 10)::varchar
        || one_of(getvariable('syn_letters'), k, 39) as postcode,
    case when chance(k, 41, 0.6) then '020 7946 0' || lpad(pick(k, 42, 1000)::varchar, 3, '0') end
        as home_phone,
    case when chance(k, 43, 0.85) then '07700 900' || lpad(pick(k, 44, 1000)::varchar, 3, '0') end
        as mobile,
    case when chance(k, 45, 0.7) then lower(getvariable('syn_canary')) || 'p' || person_no::varchar
        || '@mail.example' end as email,
    case
        when is_dummy then 'Dummy'
        when chance(k, 46, getvariable('rate_temporary')) then 'Temporary'
        when chance(k, 47, getvariable('rate_private')) then 'Private'
        when chance(k, 48, getvariable('rate_community')) then 'Community Registered'
        else 'Regular'
    end as registration_type,
    registered_on,
    deducted_on,
    is_dummy,
    chance(k, 49, getvariable('rate_spine_sensitive')) as spine_sensitive,
    chance(k, 50, getvariable('rate_confidential')) as is_confidential,
    getvariable('syn_practice') * 1000 + 1 + pick(k, 51, getvariable('syn_doctors'))
        as usual_staff_no,
    mark((1 + pick(k, 52, 180))::varchar || ' ' || one_of(getvariable('syn_street'), k, 53))
        as next_street,
    getvariable('syn_outward') || ' ' || pick(k, 54, 10)::varchar
        || one_of(getvariable('syn_letters'), k, 55) as next_postcode,
    case when is_open and moved_day is not null and chance(k, 57, 0.3)
        then bulk_date() + (moved_day - 1) else deducted_on end as next_deducted_on,
    k,
    born_day,
    case when born_day = 0 then moved_day end as changed_day,
    case when born_day = 0 and moved_day is null and not is_open then gone_day end as deleted_day,
    case when born_day = 0 and moved_day is null and not is_open and gone_day < getvariable('syn_days')
        and chance(k, 58, 0.5) then gone_day + 1 end as readded_day
from dated;
