-- Grain: one row per delivered raw row that becomes no row of OLIDS, with the reason.
-- Written apart from the feeds on purpose: if both were wrong alike, the balance could not tell.
with uncoded as (
    select
        'coded_entry' as source_table,
        publisher_organisation_code,
        lds_row_number,
        'NO_CODE' as reason
    from raw.coded_entry
    where code is null
)

select * from uncoded
