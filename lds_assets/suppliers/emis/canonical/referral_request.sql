-- Grain: one row per observation whose code category is Referral; the entry's type does not count.
-- Not every referral has a row of its own beside the entry; the id has entity observation.
-- Rule source: emis_to_olids.csv (code category decides, EMIS_OLIDS v1.2.0).
with landing_here as (
    select code_id
    from raw.coding_clinical_code
    where code_id is not null
    group by code_id
    having arg_max(
        lower(trim(emis_code_category_description)),
        (lds_extracted_at, lds_load_sequence, lds_source_key)
    ) = 'referral'
),

organisation as (
    select
        organisation_guid,
        coalesce(
            lds_organisation_id(ods_code), lds_id('organisation', 'shared', organisation_guid)
        ) as organisation_id
    from raw.admin_organisation
),

referral as (
    select
        record.*,
        upper(trim(record.effective_date_precision)) as date_precision,
        detail.referral_ubrn,
        nullif(trim(detail.referral_urgency), '') as urgency,
        nullif(trim(detail.referral_service_type), '') as service_type,
        detail.referral_mode,
        detail.referral_target_organisation_guid <> record.organisation_guid as is_to_another,
        detail.referral_source_organisation_guid = record.organisation_guid as is_from_here,
        requester.organisation_id as source_organisation_id,
        recipient.organisation_id as target_organisation_id
    from raw.care_record_observation as record
    inner join landing_here on record.code_id = landing_here.code_id
    left join raw.care_record_observation_referral as detail
        on
            record.publisher_organisation_code = detail.publisher_organisation_code
            and record.observation_guid = detail.observation_guid
    left join organisation as requester
        on detail.referral_source_organisation_guid = requester.organisation_guid
    left join organisation as recipient
        on detail.referral_target_organisation_guid = recipient.organisation_guid
    -- a deleted row has no code: observation takes it
    where record.deleted is distinct from true
),

renamed as (
    select
        -- keys
        lds_id('observation', publisher_organisation_code, observation_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid) as encounter_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        -- a blank source means the practice itself, when the target is another organisation
        coalesce(
            source_organisation_id,
            case
                when is_from_here is null and is_to_another
                    then lds_organisation_id(publisher_organisation_code)
            end
        ) as requester_organisation_id,
        target_organisation_id as recipient_organisation_id,
        trim(referral_ubrn) as unique_booking_reference_number,
        -- what
        lds_concept_id('urn:lds:emis:code-id', code_id) as referral_request_source_concept_id,
        lds_concept_id('urn:lds:emis:referral-urgency', urgency)
            as referral_request_priority_source_concept_id,
        lds_concept_id('urn:lds:emis:referral-service-type', service_type)
            as referral_request_type_source_concept_id,
        cast(null as varchar) as referral_request_specialty_source_concept_id,
        trim(referral_mode) as mode,
        value,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as recorded_datetime,
        -- flags
        coalesce(is_from_here, is_to_another) as is_outgoing_referral,
        coalesce(lower(trim(episode)) = 'review', false) as is_review,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from referral
)

select * from renamed
