-- Grain: one row per vaccination given.
with given as (
    select
        event.*,
        code.code_no,
        code.ctv3_code,
        code.snomed_code,
        sr_entry_key(event.consultation_no, event.k) as ek
    from syn.event_day($day) as event
    inner join syn.code as code on code.code_key = event.code_key
    where event.kind = 'immunisation'
)

select
    sr_code(event_no) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(event_date) as "DateEvent",
    $entry_columns
    code_no as "IDImmunisationContent",
    typed(mark('0.5 ml'), k, 870) as "Dose",
    case when chance(k, 872, 0.5) then [[vaccination_site:Left deltoid]]
        else [[vaccination_site:Right deltoid]] end as "Location",
    [[vaccination_method:Intramuscular]] as "Method",
    sr_when(event_date + 400) as "DateExpiry",
    ctv3_code as "ImmsReadCode",
    case when chance(k, 873, 0.03) then '-1' else snomed_code end as "ImmsSNOMEDCode",
    one_of([[[vaccination_part:Single]], [[vaccination_part:1]], [[vaccination_part:2]],
        [[vaccination_part:Booster]]], k, 874) as "VaccPart",
    mark('B' || lpad(pick(k, 875, 9999)::varchar, 4, '0')) as "VaccBatchNumber",
    [[vaccination_status:GMS]] as "VaccinationStatus",
    coalesce(sr_event(consultation_no), -1) as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    is_deleted as is_removed
from given
