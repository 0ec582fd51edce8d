-- Grain: one row per patient of the chunk, as the practice holds it.
create or replace table syn.patient as
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
from syn.registrant
order by patient_no;
