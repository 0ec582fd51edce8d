-- Grain: one row per referral that a unit received. Rule source: tpp_to_olids.csv; a local number
-- of twelve digits is a booking reference.
with received as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no,
        regexp_replace(id_referral_local, '[ -]', '', 'g') as local_number
    from raw.sr_referral_in
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_referral_in as old
    inner join received on old.lds_source_key = received.lds_source_key and received.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

renamed as (
    select
        -- keys
        lds_id(
            'referral_request', own.publisher_organisation_code, 'SRReferralIn',
            own.row_identifier
        ) as id,
        lds_id(
            'patient', own.publisher_organisation_code,
            case when own.id_patient > 0 then own.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(own.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(own.written_at) as author_organisation_id,
        lds_id('encounter', own.publisher_organisation_code, own.event_no) as encounter_id,
        tpp_practitioner_id(
            own.done_at, own.id_done_by, own.publisher_organisation_code, profile.id_staff_member
        ) as practitioner_id,
        lds_organisation_id(referrer.id) as requester_organisation_id,
        case when not own.is_removed then lds_organisation_id(own.written_at) end
            as recipient_organisation_id,
        case when regexp_full_match(own.local_number, '[0-9]{12}') then own.local_number end
            as unique_booking_reference_number,
        -- what; the coded entry of the diagnosis is an observation of its own
        lds_concept_id(
            'urn:lds:tpp:referral-urgency', tpp_word(urgency.configured_list_option, own.urgency)
        ) as referral_request_priority_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:referral-reason',
            tpp_word(reason.configured_list_option, own.primary_reason)
        ) as referral_request_type_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:referral-service',
            tpp_word(service.configured_list_option, own.service_offered)
        ) as referral_request_specialty_source_concept_id,
        cast(null as varchar) as referral_request_source_concept_id,
        tpp_word(medium.configured_list_option, own.referral_medium) as mode,
        cast(null as double) as value,
        -- when
        cast(own.date_referral as date) as clinical_effective_date,
        tpp_precision_id(own.date_referral, own.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(own.date_event_recorded) as recorded_datetime,
        -- flags, and nothing on a removed row
        nullif(own.is_removed, true) as is_outgoing_referral,
        nullif(own.is_removed, true) as is_review,
        own.is_removed as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from received as own
    left join last_known
        on own.publisher_organisation_code = last_known.publisher_organisation_code
        and own.lds_source_key = last_known.lds_source_key
    left join raw.sr_organisation as referrer
        on own.id_referrer = referrer.row_identifier
        and own.source_table_referrer = 'SROrganisation' and nullif(trim(referrer.id), '') <> ''
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
    left join raw.sr_configured_list_option as urgency
        on cast(urgency.row_identifier as varchar) = trim(own.urgency)
    left join raw.sr_configured_list_option as reason
        on cast(reason.row_identifier as varchar) = trim(own.primary_reason)
    left join raw.sr_configured_list_option as service
        on cast(service.row_identifier as varchar) = trim(own.service_offered)
    left join raw.sr_configured_list_option as medium
        on cast(medium.row_identifier as varchar) = trim(own.referral_medium)
)

select * from renamed
