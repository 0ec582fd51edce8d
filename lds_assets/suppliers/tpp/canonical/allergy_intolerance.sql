-- Grain: one row per sensitivity to a drug, by drug product or by the group it acts in.
-- Rule source: tpp_to_olids.csv; of several codes of a product the lowest counts. Names of groups
-- are not in the feed.
with sensitivity as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no
    from raw.sr_drug_sensitivity
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_drug_sensitivity as old
    inner join sensitivity
        on old.lds_source_key = sensitivity.lds_source_key and sensitivity.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

product as (
    select
        id_multi_lex_product as product_no,
        min(drug_read_code) as ctv3_code,
        arg_min(drug_read_code_desc, drug_read_code) as term
    from raw.sr_medication_read_code_details
    where not coalesce(removed_data, false) and nullif(trim(drug_read_code), '') is not null
    group by id_multi_lex_product
),

renamed as (
    select
        -- keys
        lds_id(
            'allergy_intolerance', own.publisher_organisation_code, 'SRDrugSensitivity',
            own.row_identifier
        ) as id,
        lds_id(
            'patient', own.publisher_organisation_code,
            case when own.id_patient > 0 then own.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(own.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(own.done_at) as provider_organisation_id,
        lds_organisation_id(own.written_at) as author_organisation_id,
        tpp_practitioner_id(
            own.done_at, own.id_done_by, own.publisher_organisation_code, profile.id_staff_member
        ) as practitioner_id,
        lds_id('encounter', own.publisher_organisation_code, own.event_no) as encounter_id,
        -- what
        case when own.is_removed then null when own.date_ended is null then 'active'
            else 'inactive'
        end as clinical_status,
        cast(null as varchar) as verification_status,
        case when not own.is_removed then 'medication' end as category,
        coalesce(tpp_drug_name(own.name_of_medication), product.term) as medication_name,
        nullif(nullif(trim(own.id_multi_lex_action), '-1'), '') as multi_lex_action,
        tpp_code_id(null, product.ctv3_code) as allergy_intolerance_source_concept_id,
        -- when
        cast(own.date_started as date) as clinical_effective_date,
        tpp_precision_id(own.date_started, own.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(own.date_event_recorded) as date_recorded,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(own.is_removed, true) as is_review,
        nullif(own.is_removed, true) as is_confidential,
        own.is_removed as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from sensitivity as own
    left join last_known
        on own.publisher_organisation_code = last_known.publisher_organisation_code
        and own.lds_source_key = last_known.lds_source_key
    left join product on trim(own.id_drug_code) = product.product_no
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
)

select * from renamed
