-- Grain: one row per home visit of a patient; its number may be that of an appointment too.
-- Rule source: tpp_to_olids.csv; typed visits without a patient are no appointments.
with visit as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_visit
    where coalesce(removed_data, false) or id_patient > 0
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_visit as old
    inner join visit on old.lds_source_key = visit.lds_source_key and visit.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

-- lists may be delivered as numbers or as words
labelled as (
    select
        visit.*,
        trim(coalesce(word.mapping, visit.current_status)) as status
    from visit
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = visit.current_status
),

judged as (
    select
        *,
        case
            when status = 'Requested' and id_profile_assigned > 0 then 'booked'
            when status = 'Requested' then 'proposed'
            when status in ('Finished', 'Automatically marked as Finished') then 'fulfilled'
            when status = 'No Access Visit' then 'noshow'
            when status = 'Deferred' or status ilike 'cancelled%' then 'cancelled'
        end as derived_status
    from labelled
),

renamed as (
    select
        -- keys
        lds_id('appointment', visit.publisher_organisation_code, 'SRVisit', visit.row_identifier)
            as id,
        lds_id(
            'patient', visit.publisher_organisation_code,
            case when visit.id_patient > 0 then visit.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(visit.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(visit.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(coalesce(visit.id_organisation, visit.publisher_organisation_code))
            as author_organisation_id,
        cast(null as varchar) as slot_id,
        lds_id(
            'practitioner_in_role', 'shared',
            case when visit.id_profile_assigned > 0 then visit.id_profile_assigned end
        ) as practitioner_in_role_id,
        cast(null as varchar) as schedule_id,
        -- what
        lds_concept_id('urn:lds:tpp:visit-status', visit.status)
            as appointment_status_source_concept_id,
        visit.status as slot_status_raw,
        visit.derived_status as appointment_status_dds,
        visit.derived_status as appointment_status_derived,
        case when not visit.is_removed then 'Home visit' end as appointment_type,
        cast(null as varchar) as booking_method_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:contact-mode', case when not visit.is_removed then 'home visit' end
        ) as contact_mode_source_concept_id,
        cast(null as varchar) as national_slot_category_name,
        cast(null as varchar) as context_type,
        cast(null as varchar) as service_setting,
        cast(null as varchar) as national_slot_category_description,
        cast(null as varchar) as csds_care_contact_identifier,
        -- when
        lds_utc(visit.date_requested) as start_date,
        visit.duration as planned_duration_mins,
        cast(null as bigint) as actual_duration_mins,
        cast(null as bigint) as patient_wait_mins,
        cast(null as bigint) as patient_delay_mins,
        lds_utc(visit.date_booked) as datetime_booked,
        cast(null as timestamp) as datetime_sent_in,
        cast(null as timestamp) as datetime_left,
        cast(null as date) as cancelled_date,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(visit.is_removed, true) as is_blocked,
        visit.is_removed as lds_is_deleted,
        -- provenance
        visit.publisher_organisation_code,
        visit.lds_source_record_id,
        visit.lds_source_key,
        visit.lds_load_sequence,
        visit.lds_extracted_at,
        visit.lds_row_number
    from judged as visit
    left join last_known
        on visit.publisher_organisation_code = last_known.publisher_organisation_code
        and visit.lds_source_key = last_known.lds_source_key
)

select * from renamed
