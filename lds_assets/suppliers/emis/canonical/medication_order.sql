-- Grain: one row per issue of a drug record; the drug record may be missing.
-- Rule source: emis_to_olids.csv.
with issue as (
    select
        *,
        coalesce(deleted, false) as is_deleted,
        upper(trim(effective_date_precision)) as date_precision
    from raw.prescribing_issue_record
),

named as (
    select
        issue.*,
        trim(drug.term) as drug_term,
        trim(drug.bnf_chapter_ref) as bnf_reference
    from issue
    left join raw.coding_drug_code as drug on issue.code_id = drug.code_id
),

renamed as (
    select
        -- keys
        lds_id('medication_order', publisher_organisation_code, issue_record_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('medication_statement', publisher_organisation_code, drug_record_guid)
            as medication_statement_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid) as encounter_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('observation', publisher_organisation_code, problem_observation_guid)
            as observation_id,
        cast(null as varchar) as allergy_intolerance_id,
        cast(null as varchar) as diagnostic_order_id,
        cast(null as varchar) as referral_request_id,
        -- what
        lds_concept_id('urn:lds:emis:drug-code-id', code_id)
            as medication_order_source_concept_id,
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
        course_duration_in_days as duration_days,
        estimated_nhs_cost as estimated_cost,
        trim(issue_method_description) as issue_method,
        trim(issue_method_description) as issue_method_description,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        -- flags
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
