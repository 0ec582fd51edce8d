-- Grain: one row per drug record: what is authorised, acute or repeat, active or ended.
-- Rule source: emis_to_olids.csv; derived cancellation: active has none, else the date supplied,
-- else the latest issue and its course days, else the record's own date.
with drug_record as (
    select
        *,
        coalesce(deleted, false) as is_deleted,
        upper(trim(effective_date_precision)) as date_precision
    from raw.prescribing_drug_record
),

latest_issue as (
    select
        publisher_organisation_code,
        drug_record_guid,
        effective_date,
        -- a course of more than ten years is no course
        case
            when course_duration_in_days between 0 and 3653
                then cast(course_duration_in_days as integer)
        end as course_days,
        trim(issue_method_description) as issue_method
    from raw.prescribing_issue_record
    where not coalesce(deleted, false) and drug_record_guid is not null
    qualify row_number() over (
        partition by publisher_organisation_code, drug_record_guid
        order by
            effective_date desc nulls last, entered_date desc nulls last,
            entered_time desc nulls last, issue_record_guid asc
    ) = 1
),

named as (
    select
        drug_record.*,
        trim(drug.term) as drug_term,
        trim(drug.bnf_chapter_ref) as bnf_reference,
        latest_issue.effective_date + coalesce(latest_issue.course_days, 0) as course_ends_on,
        latest_issue.issue_method
    from drug_record
    left join raw.coding_drug_code as drug on drug_record.code_id = drug.code_id
    left join latest_issue
        on
            drug_record.publisher_organisation_code = latest_issue.publisher_organisation_code
            and drug_record.drug_record_guid = latest_issue.drug_record_guid
),

renamed as (
    select
        -- keys
        lds_id('medication_statement', publisher_organisation_code, drug_record_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        cast(null as varchar) as encounter_id,
        lds_id('observation', publisher_organisation_code, problem_observation_guid)
            as observation_id,
        cast(null as varchar) as allergy_intolerance_id,
        cast(null as varchar) as diagnostic_order_id,
        cast(null as varchar) as referral_request_id,
        -- what
        lds_concept_id('urn:lds:emis:drug-code-id', code_id)
            as medication_statement_source_concept_id,
        drug_term as medication_name,
        bnf_reference,
        dosage as dose,
        quantity as quantity_value,
        trim(quantity_unit) as quantity_unit,
        nullif(concat_ws(
            ' ', coalesce(
                cast(nullif(quantity, floor(quantity)) as varchar),
                cast(try_cast(quantity as bigint) as varchar)
            ), trim(quantity_unit
            )
        ), '') as quantity_value_description,
        lds_concept_id('urn:lds:emis:prescription-type', trim(prescription_type))
            as authorisation_type_source_concept_id,
        case when not is_deleted then issue_method end as issue_method,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        cancellation_date,
        case
            when not is_deleted and not coalesce(is_active, false)
                then coalesce(
                    cancellation_date,
                    course_ends_on,
                    effective_date
                )
        end as cancellation_date_derived,
        cast(expiry_date as date) as expiry_date,
        -- flags
        case when not is_deleted then coalesce(is_active, false) end as is_active,
        case when not is_deleted then coalesce(is_confidential, false) end as is_confidential,
        is_deleted as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from named
)

select * from renamed
