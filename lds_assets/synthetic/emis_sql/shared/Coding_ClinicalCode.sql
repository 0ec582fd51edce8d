-- Grain: one row per clinical code; the whole list comes in every delivery. One code comes a day late.
select
    emis_code_id as "CodeId",
    term as "Term",
    read_term_id as "ReadTermId",
    snomed_code as "SnomedCTConceptId",
    snomed_description as "SnomedCTDescriptionId",
    category as "EmisCodeCategoryDescription"
from syn.code
where kind <> 'late' or day_no() > 0
order by code_no
