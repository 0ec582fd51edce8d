-- Grain: one row per safeguarding entry of a person.
-- Rule source: tpp_to_olids.csv; in force while on a plan, and where nothing is said of one.
with entry as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_person_at_risk
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_person_at_risk as old
    inner join entry on old.lds_source_key = entry.lds_source_key and entry.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

renamed as (
    select
        -- keys
        lds_id('flag', entry.publisher_organisation_code, 'SRPersonAtRisk', entry.row_identifier)
            as id,
        lds_id(
            'patient', entry.publisher_organisation_code,
            case when entry.id_patient > 0 then entry.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(entry.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(coalesce(entry.id_organisation, entry.publisher_organisation_code))
            as author_organisation_id,
        -- what
        case when not entry.is_removed
                then concat_ws(
                        ': ',
                        if(entry.protection_plan, 'On a protection plan', 'Safeguarding entry'),
                        nullif(trim(entry.reason_for_plan), '')
                    )
        end as flag_text,
        -- when
        lds_utc(entry.date_added) as effective_date,
        lds_utc(entry.date_removed) as expired_date,
        -- flags, and nothing on a removed row
        case when not entry.is_removed then coalesce(entry.protection_plan, true) end as is_active,
        entry.is_removed as lds_is_deleted,
        -- provenance
        entry.publisher_organisation_code,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from entry
    left join last_known
        on entry.publisher_organisation_code = last_known.publisher_organisation_code
        and entry.lds_source_key = last_known.lds_source_key
)

select * from renamed
