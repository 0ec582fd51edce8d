-- Grain: one row per branch of a practice. The number is the same at every practice.
select
    5001 as row_id,
    'B01' as "ID",
    'Branch surgery' as "BranchName",
    '7' as "HouseNumber",
    'Orchard Street' as "RoadName",
    'London' as "Town",
    getvariable('syn_outward') || ' 9ZZ' as "PostCode",
    'FALSE' as "BranchObsolete",
    '$here' as "IDOrganisation"
where $day = 0
