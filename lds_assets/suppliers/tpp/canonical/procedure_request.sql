-- Grain: one row per recall of a patient, due on a date.
-- Rule source: tpp_to_olids.csv; a recall has no code, its kind is a local label.
with recall as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no
    from raw.sr_recall
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_recall as old
    inner join recall on old.lds_source_key = recall.lds_source_key and recall.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

renamed as (
    select
        -- keys
        lds_id('procedure_request', own.publisher_organisation_code, own.row_identifier) as id,
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
        trim(own.recall_type) as description,
        cast(null as varchar) as procedure_request_source_concept_id,
        lds_concept_id('urn:lds:tpp:recall-status', tpp_word(word.mapping, own.recall_status))
            as status_source_concept_id,
        -- when
        cast(own.date_recall as date) as clinical_effective_date,
        tpp_precision_id(own.date_recall, own.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(own.date_event_recorded) as date_recorded,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(own.is_removed, true) as is_confidential,
        own.is_removed as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from recall as own
    left join last_known
        on own.publisher_organisation_code = last_known.publisher_organisation_code
        and own.lds_source_key = last_known.lds_source_key
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = trim(own.recall_status)
)

select * from renamed
