-- Grain: one row per site of the practice.
select
    location_guid(getvariable('syn_practice')) as "LocationGuid",
    mark(getvariable('out_practice_name')) as "LocationName",
    'Main Surgery' as "LocationTypeDescription",
    date '1990-04-01' as "OpenDate",
    '020 7946 0' || lpad((getvariable('syn_practice') % 1000)::varchar, 3, '0') as "PhoneNumber",
    mark('1 ' || one_of(getvariable('syn_street'), row_key(20, getvariable('syn_practice')), 1))
        as "NumberAndStreet",
    'London' as "Town",
    'Greater London' as "County",
    replace(getvariable('out_postcode'), ' ', '') as "Postcode",
    false as "Deleted"
where day_no() = 0
