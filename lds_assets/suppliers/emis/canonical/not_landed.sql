-- Grain: one row per delivered raw row that becomes no row of OLIDS, with the reason.
-- Written apart from the feeds on purpose: if both were wrong alike, the balance could not tell.
with category as (
    select
        code_id,
        max(case lower(trim(emis_code_category_description))
            when 'referral' then 'REFERRAL_NOT_MODELLED'
            when 'allergy and adverse reactions' then 'ALLERGY_NOT_MODELLED'
            when 'allergy and adverse drug reactions' then 'ALLERGY_NOT_MODELLED'
            when 'investigation requests' then 'DIAGNOSTIC_ORDER_NOT_MODELLED'
        end) as reason
    from raw.coding_clinical_code
    group by code_id
),

elsewhere as (
    select
        'care_record_observation' as source_table,
        record.publisher_organisation_code,
        record.lds_row_number,
        category.reason
    from raw.care_record_observation as record
    inner join category on record.code_id = category.code_id and category.reason is not null
    where record.deleted is distinct from true
),

vacant as (
    select
        'appointment_slot' as source_table,
        publisher_organisation_code,
        lds_row_number,
        case when deleted then 'VACANT_SLOT_DELETED' else 'VACANT_SLOT' end as reason
    from raw.appointment_slot
    where patient_guid is null
)

select * from elsewhere
union all
select * from vacant
