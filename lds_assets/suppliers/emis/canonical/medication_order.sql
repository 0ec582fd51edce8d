-- Grain: one row per issue of a drug record; the drug record may be missing.
-- Rule source: emis_to_olids.csv.
with issue as (
    select
        *,
        coalesce(deleted, false) as is_deleted,
        upper(trim(effective_date_precision)) as date_precision
    from raw.prescribing_issue_record
),

drug as (
    select
        code_id,
        trim(term) as term,
        trim(bnf_chapter_ref) as bnf_chapter_ref
    from raw.coding_drug_code
),

renamed as (
    select
        -- keys
        lds_id('medication_order', issue.publisher_organisation_code, issue_record_guid) as id,
        lds_id('patient', issue.publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(issue.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(issue.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(issue.publisher_organisation_code) as author_organisation_id,
        lds_id('medication_statement', issue.publisher_organisation_code, drug_record_guid)
            as medication_statement_id,
        lds_id('encounter', issue.publisher_organisation_code, consultation_guid) as encounter_id,
        lds_id('practitioner', issue.publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('observation', issue.publisher_organisation_code, problem_observation_guid)
            as observation_id,
        cast(null as varchar) as allergy_intolerance_id,
        cast(null as varchar) as diagnostic_order_id,
        cast(null as varchar) as referral_request_id,
        -- what
        lds_concept_id('urn:lds:emis:drug-code-id', issue.code_id)
            as medication_order_source_concept_id,
        drug.term as medication_name,
        drug.bnf_chapter_ref as bnf_reference,
        dosage as dose,
        quantity as quantity_value,
        trim(quantity_unit) as quantity_unit,
        nullif(concat_ws(
            ' ', coalesce(cast(nullif(quantity, floor(quantity)) as varchar),
                cast(try_cast(quantity as bigint) as varchar)), trim(quantity_unit)
        ), '') as quantity_value_description,
        course_duration_in_days as duration_days,
        estimated_nhs_cost as estimated_cost,
        trim(issue_method_description) as issue_method,
        trim(issue_method_description) as issue_method_description,
        -- when; precision U pads a date that nobody knows
        case when date_precision is distinct from 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        -- flags
        case when not is_deleted then coalesce(is_confidential, false) end as is_confidential,
        is_deleted as lds_is_deleted,
        -- provenance
        issue.publisher_organisation_code,
        issue.lds_source_record_id,
        issue.lds_source_key,
        issue.lds_load_sequence,
        issue.lds_extracted_at,
        issue.lds_row_number
    from issue
    left join drug on drug.code_id = issue.code_id
)

select * from renamed
