-- Grain: one row per member of staff of the practice; the first ones are doctors.
create or replace table syn.staff as
with numbered as (
    select
        n,
        getvariable('syn_practice') * 1000 + n as staff_no,
        row_key(3, getvariable('syn_practice') * 1000 + n) as k
    from range(1, getvariable('syn_staff') + 1) as member(n)
),

roled as (
    select
        *,
        case when n <= getvariable('syn_doctors') then 'doctor'
            else one_of(['nurse', 'nurse', 'assistant', 'pharmacist', 'administrator'], k, 1) end
            as post
    from numbered
)

select
    staff_no,
    case post when 'doctor' then 'Dr' else one_of(['Ms', 'Mr', 'Mrs'], k, 2) end as title,
    mark(one_of(getvariable('syn_female') || getvariable('syn_male'), k, 3)) as given,
    mark(one_of(getvariable('syn_surname'), k, 4)) as surname,
    post,
    case post when 'doctor' then 'R0260' when 'nurse' then 'R0600' when 'assistant' then 'R1450'
        when 'pharmacist' then 'R1290' else 'R1680' end as role_code,
    case post when 'doctor' then 'General Medical Practitioner' when 'nurse' then 'Staff Nurse'
        when 'assistant' then 'Health Care Support Worker' when 'pharmacist' then 'Pharmacist'
        else 'Clerical Worker' end as role_name,
    case post when 'doctor' then '9' || lpad(pick(k, 5, 1000000)::varchar, 6, '0') end as gmc_code,
    bulk_date() - (365 + pick(k, 6, 5000))::integer as start_date,
    case when n > getvariable('syn_doctors') and chance(k, 7, 0.15)
        then bulk_date() - pick(k, 8, 360)::integer end as end_date,
    0 as born_day,
    null::integer as changed_day,
    null::integer as deleted_day,
    null::integer as readded_day
from roled;

-- Grain: one row per registration of a patient, oldest first; the last one is that of syn.patient.
create or replace table syn.registration as
with earlier as (
    select
        patient_no,
        1 as seq,
        'Regular' as registration_type,
        'Left' as status,
        registered_on - (900 + pick(k, 60, 900))::integer as start_date,
        registered_on - (200 + pick(k, 61, 600))::integer as end_date,
        born_day,
        changed_day
    from syn.patient
    where chance(k, 62, 0.06) and born_day = 0 and registered_on - 1800 > birth_date
),

latest as (
    select
        patient_no,
        2 as seq,
        registration_type,
        case when death_date is not null then 'Deceased' when deducted_on is not null then 'Left'
            else 'Registered' end as status,
        registered_on as start_date,
        deducted_on as end_date,
        born_day,
        changed_day
    from syn.patient
)

select * from earlier
union all
select * from latest
order by patient_no, seq;
