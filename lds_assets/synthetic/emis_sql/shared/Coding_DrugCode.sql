-- Grain: one row per prescribable product; the whole list comes in every delivery.
select
    emis_code_id as "CodeId",
    term as "Term",
    dmd_code as "DmdProductCodeId"
from syn.drugcode
order by drug_no_of_list
