-- Grain: one row per acute prescription written here. Removed rows are deleted by not coming back.
-- Rule source: tpp_to_olids.csv; the end of a course is an expectation.
with drug as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no,
        tpp_dmd(id_multi_lex_dmd) as dmd_code,
        tpp_drug_name(name_of_medication) as name
    from raw.sr_primary_care_medication
    where
        not coalesce(removed_data, false)
        and not coalesce(is_repeat_medication, false)
        and not coalesce(
            is_other_medication or is_dental_medication or is_hospital_medication, false
        )
),

renamed as (
    select
        -- keys
        lds_id(
            'medication_statement', drug.publisher_organisation_code, 'SRPrimaryCareMedication',
            drug.row_identifier
        ) as id,
        lds_id(
            'patient', drug.publisher_organisation_code,
            case when drug.id_patient > 0 then drug.id_patient end
        ) as patient_id,
        lds_organisation_id(drug.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(drug.done_at) as provider_organisation_id,
        lds_organisation_id(drug.written_at) as author_organisation_id,
        tpp_practitioner_id(
            drug.done_at, drug.id_done_by, drug.publisher_organisation_code,
            profile.id_staff_member
        ) as practitioner_id,
        lds_id('encounter', drug.publisher_organisation_code, drug.event_no) as encounter_id,
        cast(null as varchar) as observation_id,
        cast(null as varchar) as allergy_intolerance_id,
        cast(null as varchar) as diagnostic_order_id,
        cast(null as varchar) as referral_request_id,
        -- what
        lds_concept_id('http://snomed.info/sct', drug.dmd_code)
            as medication_statement_source_concept_id,
        drug.name as medication_name,
        drug.medication_dosage as dose,
        drug.medication_quantity as quantity_value_description,
        try_cast(nullif(tpp_amount(drug.medication_quantity), '') as double) as quantity_value,
        tpp_amount_unit(drug.medication_quantity) as quantity_unit,
        lds_concept_id('urn:lds:tpp:authorisation-type', 'acute')
            as authorisation_type_source_concept_id,
        cast(null as varchar) as bnf_reference,
        cast(null as varchar) as issue_method,
        -- when
        cast(drug.date_medication_start as date) as clinical_effective_date,
        tpp_precision_id(drug.date_medication_start, drug.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        cast(drug.date_medication_end as date) as cancellation_date,
        cast(drug.date_medication_end as date) as cancellation_date_derived,
        cast(null as date) as expiry_date,
        lds_utc(drug.date_event_recorded) as date_recorded,
        -- flags
        -- no update follows when a course ends: whether it is active is told at reading
        cast(null as boolean) as is_active,
        false as is_confidential,
        drug.is_removed as lds_is_deleted,
        -- provenance
        drug.publisher_organisation_code,
        drug.lds_source_record_id,
        drug.lds_source_key,
        drug.lds_load_sequence,
        drug.lds_extracted_at,
        drug.lds_row_number
    from drug
    left join raw.sr_staff_member_profile as profile
        on drug.publisher_organisation_code = profile.publisher_organisation_code
        and drug.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
)

select * from renamed
