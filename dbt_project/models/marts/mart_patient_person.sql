-- Grain: one row per patient of the release, with the person it is and whether it counts.
with patient as (
    select * from {{ ref('int_patient__bridged') }}
)

select
    cast(patient_id as varchar) as patient_id,
    cast(person_id as varchar) as person_id,
    cast(practice_code as varchar) as practice_code,
    cast(is_counted as boolean) as is_counted,
    cast(exclusion_reason as varchar) as exclusion_reason,
    cast(is_spine_sensitive as boolean) as is_spine_sensitive
from patient
