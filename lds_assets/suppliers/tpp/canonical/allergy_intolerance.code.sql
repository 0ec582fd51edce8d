-- Grain: one row per coded entry of an allergy. Removed rows are deleted by not coming back.
-- Rule source: tpp_to_olids.csv; allergies are the codes below Xa1pQ, compared with their case: the
-- exact complement of observation.sql.
with own as (
    select
        *,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no
    from raw.sr_code as listed
    where
        not coalesce(listed.removed_data, false)
        and (
            listed.ctv3_code = 'Xa1pQ'
            or exists (
                select 1 from raw.sr_ctv3_hierarchy as tree
                where
                    tree.ctv3_code_parent = 'Xa1pQ'
                    and tree.ctv3_code_child = listed.ctv3_code
                    and not coalesce(tree.removed_data, false)
            )
        )
),

renamed as (
    select
        -- keys
        lds_id(
            'allergy_intolerance', own.publisher_organisation_code, 'SRCode', own.row_identifier
        ) as id,
        lds_id(
            'patient', own.publisher_organisation_code,
            case when own.id_patient > 0 then own.id_patient end
        ) as patient_id,
        lds_organisation_id(own.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(own.done_at) as provider_organisation_id,
        lds_organisation_id(own.written_at) as author_organisation_id,
        tpp_practitioner_id(
            own.done_at, own.id_done_by, own.publisher_organisation_code, profile.id_staff_member
        ) as practitioner_id,
        lds_id('encounter', own.publisher_organisation_code, own.event_no) as encounter_id,
        -- what
        'active' as clinical_status,
        cast(null as varchar) as verification_status,
        'other' as category,
        cast(null as varchar) as medication_name,
        cast(null as varchar) as multi_lex_action,
        tpp_code_id(own.snomed_code, own.ctv3_code)
            as allergy_intolerance_source_concept_id,
        -- when
        cast(own.date_event as date) as clinical_effective_date,
        tpp_precision_id(own.date_event, false)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(own.date_event_recorded) as date_recorded,
        -- flags nothing speaks of
        false as is_review,
        false as is_confidential,
        false as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from own
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
)

select * from renamed
