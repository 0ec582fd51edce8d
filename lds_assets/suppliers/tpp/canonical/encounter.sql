-- Grain: one row per event: a consultation or another contact.
-- Rule source: tpp_to_olids.csv. The kind is told by words, no code is supplied. Which registration
-- it belongs to depends on other records and is not stored here.
with event as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at
    from raw.sr_event
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_event as old
    inner join event on old.lds_source_key = event.lds_source_key and event.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

linked as (
    select
        publisher_organisation_code,
        id_event,
        max(id_appointment) filter (where id_appointment > 0) as id_appointment,
        max(id_visit) filter (where id_visit > 0) as id_visit
    from raw.sr_event_link
    where not coalesce(removed_data, false)
    group by publisher_organisation_code, id_event
),

-- lists may be delivered as numbers or as words
labelled as (
    select
        event.*,
        trim(coalesce(method.configured_list_option, event.contact_method)) as method,
        trim(coalesce(place.configured_list_option, event.contact_event_location)) as place,
        case when event.clinical_event then 'Clinical'
            when not event.clinical_event then 'Administrative'
        end as nature
    from event
    left join raw.sr_configured_list_option as method
        on cast(method.row_identifier as varchar) = trim(event.contact_method)
    left join raw.sr_configured_list_option as place
        on cast(place.row_identifier as varchar) = trim(event.contact_event_location)
),

renamed as (
    select
        -- keys
        lds_id('encounter', event.publisher_organisation_code, event.row_identifier) as id,
        lds_id(
            'patient', event.publisher_organisation_code,
            case when event.id_patient > 0 then event.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(event.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(event.done_at) as provider_organisation_id,
        lds_organisation_id(event.written_at) as author_organisation_id,
        lds_id(
            'appointment', event.publisher_organisation_code,
            case when linked.id_appointment > 0 then 'SRAppointment' else 'SRVisit' end,
            coalesce(linked.id_appointment, linked.id_visit)
        ) as appointment_id,
        tpp_practitioner_id(
            event.done_at, event.id_done_by, event.publisher_organisation_code,
            profile.id_staff_member
        ) as practitioner_id,
        -- what
        trim(branch.branch_name) as location,
        lds_concept_id(
            'urn:lds:tpp:encounter-kind',
            nullif(concat_ws(', ', event.nature, event.method), '')
        ) as encounter_source_concept_id,
        tpp_precision_id(event.date_event, event.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        nullif(concat_ws(', ', event.nature, event.method), '') as consultation_type,
        event.place as type,
        event.nature as subtype,
        cast(null as varchar) as admission_method,
        -- when
        cast(event.date_event as date) as clinical_effective_date,
        lds_utc(event.date_event_recorded) as date_recorded,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(event.is_removed, true) as is_confidential,
        event.is_removed as lds_is_deleted,
        -- provenance
        event.publisher_organisation_code,
        event.lds_source_record_id,
        event.lds_source_key,
        event.lds_load_sequence,
        event.lds_extracted_at,
        event.lds_row_number
    from labelled as event
    left join last_known
        on event.publisher_organisation_code = last_known.publisher_organisation_code
        and event.lds_source_key = last_known.lds_source_key
    left join linked
        on event.publisher_organisation_code = linked.publisher_organisation_code
        and event.row_identifier = linked.id_event
    left join raw.sr_staff_member_profile as profile
        on event.publisher_organisation_code = profile.publisher_organisation_code
        and event.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
    left join raw.sr_organisation_branch as branch
        on event.publisher_organisation_code = branch.publisher_organisation_code
        and cast(branch.row_identifier as varchar) = trim(event.id_branch)
)

select * from renamed
