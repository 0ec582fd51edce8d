-- Grain: one row per delivered raw row that becomes no row of OLIDS, with the reason.
-- Written apart from the feeds on purpose: if both were wrong alike, the balance could not tell.
with vacant as (
    select
        'appointment_slot' as source_table,
        publisher_organisation_code,
        lds_row_number,
        case when deleted then 'VACANT_SLOT_DELETED' else 'VACANT_SLOT' end as reason
    from raw.appointment_slot
    where patient_guid is null
)

select * from vacant
