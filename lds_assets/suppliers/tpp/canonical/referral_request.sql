-- Grain: one row per referral to another service.
-- Rule source: tpp_to_olids.csv. Whatever the kind of the receiver's code says, only a code that is
-- an organisation's of the feed names a receiver. List number 175137 stands for no service.
with sent as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_done_by > 0 then id_done_by end as doer_no,
        case when id_event > 0 then id_event end as event_no,
        nullif(trim(service_offered), '175137') as service
    from raw.sr_referral_out
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_referral_out as old
    inner join sent on old.lds_source_key = sent.lds_source_key and sent.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

receiver as (
    select distinct upper(trim(id)) as code
    from raw.sr_organisation
    where nullif(trim(id), '') is not null and not coalesce(removed_data, false)
),

renamed as (
    select
        -- keys
        lds_id(
            'referral_request', own.publisher_organisation_code, 'SRReferralOut',
            own.row_identifier
        ) as id,
        lds_id(
            'patient', own.publisher_organisation_code,
            case when own.id_patient > 0 then own.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(own.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(own.written_at) as author_organisation_id,
        lds_id('encounter', own.publisher_organisation_code, own.event_no) as encounter_id,
        coalesce(
            lds_id('practitioner', own.publisher_organisation_code, profile.id_staff_member),
            lds_id('practitioner', upper(trim(own.done_at)), own.doer_no)
        ) as practitioner_id,
        case when not own.is_removed then lds_organisation_id(own.done_at) end
            as requester_organisation_id,
        lds_organisation_id(receiver.code) as recipient_organisation_id,
        cast(null as varchar) as unique_booking_reference_number,
        -- what
        lds_concept_id(
            'urn:lds:tpp:referral-urgency',
            tpp_word(urgency.configured_list_option, own.urgency)
        ) as referral_request_priority_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:referral-reason',
            tpp_word(reason.configured_list_option, own.reason)
        ) as referral_request_type_source_concept_id,
        lds_concept_id(
            'urn:lds:tpp:referral-service',
            nullif(
                concat_ws(
                    ', ',
                    tpp_word(service.mapping, own.service),
                    tpp_word(kind.mapping, own.type_of_referral)
                ), ''
            )
        ) as referral_request_specialty_source_concept_id,
        tpp_code_id(own.snomed_primary_diagnosis, own.primary_diagnosis)
            as referral_request_source_concept_id,
        cast(null as varchar) as mode,
        cast(null as double) as value,
        -- when
        cast(own.date_event as date) as clinical_effective_date,
        tpp_precision_id(own.date_event, own.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(own.date_event_recorded) as recorded_datetime,
        -- flags, and nothing on a removed row
        nullif(not own.is_removed, false) as is_outgoing_referral,
        nullif(own.is_removed, true) as is_review,
        own.is_removed as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from sent as own
    left join last_known
        on own.publisher_organisation_code = last_known.publisher_organisation_code
        and own.lds_source_key = last_known.lds_source_key
    left join receiver on upper(trim(own.recipient_id)) = receiver.code
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_referrer = profile.row_identifier and profile.id_staff_member > 0
    left join raw.sr_configured_list_option as urgency
        on cast(urgency.row_identifier as varchar) = trim(own.urgency)
    left join raw.sr_configured_list_option as reason
        on cast(reason.row_identifier as varchar) = trim(own.reason)
    left join raw.sr_mapping as service
        on cast(service.row_identifier as varchar) = own.service
    left join raw.sr_mapping as kind
        on cast(kind.row_identifier as varchar) = trim(own.type_of_referral)
)

select * from renamed
