-- Grain: one row per clinical code and parent; the whole list comes in every delivery. One code comes a
-- day late, one in ten has a second parent.
with listed as (
    select *, null::bigint as parent_code_id
    from syn.code
    union all
    select code.*, (select min(emis_code_id) from syn.code) as parent_code_id
    from syn.code as code
    where code_no % 10 = 0
)

select
    emis_code_id as "CodeId",
    term as "Term",
    read_term_id as "ReadTermId",
    snomed_code as "SnomedCTConceptId",
    snomed_description as "SnomedCTDescriptionId",
    category as "EmisCodeCategoryDescription",
    parent_code_id as "ParentCodeId"
from listed
where kind <> 'late' or day_no() > 0
order by code_no, parent_code_id nulls first
