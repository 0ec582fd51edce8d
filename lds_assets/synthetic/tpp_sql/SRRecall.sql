-- Grain: one row per planned recall of a patient.
with recall as (
    select diary.*, code.term, row_key(25, diary.diary_no) as ek
    from syn.diary_day($day) as diary
    inner join syn.code as code on code.code_key = diary.code_key
)

select
    sr_own(diary_no, 100) as row_id,
    sr_when(recorded_at) as "DateEventRecorded",
    sr_when(recorded_at) as "DateEvent",
    $entry_columns
    sr_when(due_on) as "DateRecall",
    term as "RecallType",
    [[recall_status:Pending]] as "RecallInitialStatus",
    case when is_complete then [[recall_status:Seen]] when is_active then [[recall_status:Pending]]
        when chance(ek, 1, 0.5) then [[recall_status:1st Recall]]
        else [[recall_status:Superseded]] end as "RecallStatus",
    sr_when(recorded_at) as "RecallStatusDate",
    '-1' as "IDReferralIn",
    '-1' as "IDEvent",
    sr_patient(patient_no) as "IDPatient",
    is_deleted as is_removed
from recall
