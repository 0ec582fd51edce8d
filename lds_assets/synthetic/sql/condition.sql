-- Grain: one row per patient and long-term condition.
create or replace table syn.patient_condition as
with aged as (
    select
        *,
        date_diff('day', birth_date, bulk_date()) / 365.25 as age
    from syn.patient
    where not is_dummy and born_day = 0
),

crossed as (
    select
        aged.patient_no,
        aged.birth_date,
        aged.deducted_on,
        aged.age,
        condition.*,
        row_key(7, aged.patient_no * 100 + condition.condition_no) as k
    from aged
    cross join syn.condition as condition
    where aged.age >= condition.min_age
)

select
    patient_no,
    condition_no,
    diagnosis_code_no,
    resolved_code_no,
    bundle_no,
    drug_nos,
    deducted_on,
    coalesce(deducted_on, bulk_date()) as until,
    coalesce(deducted_on, bulk_date())
        - (1 + rnd(k, 2) * least(4400, greatest(1, (age - min_age) * 365 - 5)))::integer as diagnosed_on,
    resolved_code_no is not null and chance(k, 3, getvariable('rate_resolved')) as is_resolved,
    k
from crossed
where chance(k, 1, peak_share / (1 + exp(-(age - mid_age) / slope)))
order by patient_no, condition_no;
