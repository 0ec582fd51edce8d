-- Grain: one row per observation whose code category is an allergy one.
-- Its id has entity observation, so that links to it hold whatever table it lands in: see README.
-- Rule source: emis_to_olids.csv (code category decides, EMIS_OLIDS v1.2.0).
with landing_here as (
    select code_id
    from raw.coding_clinical_code
    where code_id is not null
    group by code_id
    having arg_max(
        lower(trim(emis_code_category_description)),
        (lds_extracted_at, lds_load_sequence, lds_source_key)
    ) in ('allergy and adverse drug reactions', 'allergy and adverse reactions')
),

allergy as (
    select
        record.*,
        upper(trim(record.effective_date_precision)) as date_precision
    from raw.care_record_observation as record
    inner join landing_here on record.code_id = landing_here.code_id
    -- a deleted row has no code: observation takes it
    where record.deleted is distinct from true
),

renamed as (
    select
        -- keys
        lds_id('observation', publisher_organisation_code, observation_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid) as encounter_id,
        -- what; EMIS tells no status, kind, cause or Multilex action apart from the code
        cast(null as varchar) as clinical_status,
        cast(null as varchar) as verification_status,
        cast(null as varchar) as category,
        cast(null as varchar) as medication_name,
        cast(null as varchar) as multi_lex_action,
        lds_concept_id('urn:lds:emis:code-id', code_id) as allergy_intolerance_source_concept_id,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        -- flags
        coalesce(lower(trim(episode)) = 'review', false) as is_review,
        coalesce(is_confidential, false) as is_confidential,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from allergy
)

select * from renamed
