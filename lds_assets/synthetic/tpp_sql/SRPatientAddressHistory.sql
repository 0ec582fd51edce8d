-- Grain: one row per address of a patient: an earlier one, the present one, the one moved to.
with moved as (
    select
        *,
        has_changed($day, changed_day) as has_moved,
        bulk_date() + coalesce(changed_day, 1) - 1 as moved_on,
        usual_staff_no as staff_no,
        row_key(20, patient_no) as ek
    from syn.patient
    where coalesce($day in (born_day, changed_day), false)
),

place as (
    select *, 1 as n, registered_on as from_date, case when has_moved then moved_on end as to_date,
        house as building, street as road, postcode as code, [[address_type:Home]] as kind
    from moved
    union all
    select *, 2, moved_on, null, null, next_street, next_postcode,
        case when chance(ek, 1, 0.9) then [[address_type:Home]] end
    from moved
    where has_moved
    union all
    select *, 3, greatest(birth_date, registered_on - (100 + pick(ek, 2, 3000))::integer),
        registered_on, null, mark((1 + pick(ek, 3, 99))::varchar || ' ' || one_of(
            getvariable('syn_street'), ek, 4)), next_postcode, [[address_type:Home]]
    from moved
    where chance(ek, 5, 0.25) and $day = born_day
    union all
    select *, 4, registered_on, registered_on + 90, mark('c/o'), street, postcode,
        one_of([[[address_type:Temporary]], [[address_type:Correspondence only]],
            [[address_type:No fixed abode]]], ek, 6)
    from moved
    where chance(ek, 7, 0.02) and $day = born_day
)

select
    sr_patient(patient_no) * 10 + n as row_id,
    sr_when(from_date + to_minutes(600)) as "DateEventRecorded",
    sr_when(from_date) as "DateEvent",
    $entry_columns
    building as "NameOfBuilding",
    nullif(regexp_extract(road, '^[0-9]+'), '') as "NumberOfBuilding",
    regexp_replace(road, '^[0-9]+ ', '') as "NameOfRoad",
    village as "NameOfLocality",
    town as "NameOfTown",
    county as "NameOfCounty",
    code as "FullPostCode",
    sr_when(to_date) as "DateTo",
    kind as "AddressType",
    '-1' as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    '$sub_icb' as "CcgOfResidence"
from place
order by patient_no, n
