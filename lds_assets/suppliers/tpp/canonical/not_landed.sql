-- Grain: one row per row of a delivery that becomes no OLIDS row, with the reason.
-- Written apart from the selects, so that a row lost by one of them shows in the balance.
with explained as (
    select
        'sr_appointment' as source_table,
        publisher_organisation_code,
        lds_row_number,
        'SLOT_WITHOUT_PATIENT' as reason
    from raw.sr_appointment
    where coalesce(id_patient, -1) <= 0 and not coalesce(removed_data, false)
    union all by name
    select
        'sr_visit' as source_table,
        publisher_organisation_code,
        lds_row_number,
        'VISIT_WITHOUT_PATIENT' as reason
    from raw.sr_visit
    where coalesce(id_patient, -1) <= 0 and not coalesce(removed_data, false)
    union all by name
    select
        'sr_primary_care_medication' as source_table,
        publisher_organisation_code,
        lds_row_number,
        'REPEAT_GIVEN_ELSEWHERE' as reason
    from raw.sr_primary_care_medication
    where
        is_repeat_medication
        and true in (is_other_medication, is_dental_medication, is_hospital_medication)
        and not coalesce(removed_data, false)
)

select * from explained
