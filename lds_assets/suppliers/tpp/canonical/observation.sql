-- Grain: one row per coded entry that is no allergy; a problem is a mark on its entry.
-- Rule source: tpp_to_olids.csv; allergies are the codes below Xa1pQ, compared with their case.
with own as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no,
        case when is_numeric then numeric_value end as number
    from raw.sr_code as listed
    where listed.ctv3_code is distinct from 'Xa1pQ' and not exists (
            select 1 from raw.sr_ctv3_hierarchy as tree
            where
                tree.ctv3_code_parent = 'Xa1pQ'
                and tree.ctv3_code_child = listed.ctv3_code
                and not coalesce(tree.removed_data, false)
        )
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_code as old
    inner join own on old.lds_source_key = own.lds_source_key and own.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

-- a removed problem names its entry no more, earlier versions do; two may share an entry
problem as (
    select
        known.publisher_organisation_code,
        known.id_code,
        count(live.lds_source_key) > 0 as is_problem,
        case when count(live.lds_source_key) = count(live.date_end) then max(live.date_end) end
            as end_date
    from raw_all.sr_problem as known
    left join raw.sr_problem as live
        on known.publisher_organisation_code = live.publisher_organisation_code
        and known.id_code = live.id_code and not coalesce(live.removed_data, false)
    group by known.publisher_organisation_code, known.id_code
),

renamed as (
    select
        -- keys
        lds_id('observation', own.publisher_organisation_code, 'SRCode', own.row_identifier) as id,
        lds_id(
            'patient', own.publisher_organisation_code,
            case when own.id_patient > 0 then own.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(own.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(own.done_at) as provider_organisation_id,
        lds_organisation_id(own.written_at) as author_organisation_id,
        lds_id('encounter', own.publisher_organisation_code, own.event_no) as encounter_id,
        tpp_practitioner_id(
            own.done_at, own.id_done_by, own.publisher_organisation_code, profile.id_staff_member
        ) as practitioner_id,
        cast(null as varchar) as parent_observation_id,
        -- what
        tpp_code_id(own.snomed_code, own.ctv3_code) as observation_source_concept_id,
        own.number as result_value,
        case when own.is_numeric then lds_concept_id('urn:lds:tpp:unit', trim(own.numeric_unit))
        end as result_value_units_source_concept_id,
        coalesce(comparator.mapping, own.numeric_comparator) || ' '
        || regexp_replace(cast(own.number as varchar), '[.]0$', '')
        || coalesce(' ' || trim(own.numeric_unit), '') as result_text,
        lds_concept_id('urn:lds:tpp:episode-type', trim(coalesce(kind.mapping, own.episode_type)))
            as episodicity_source_concept_id,
        -- when
        tpp_precision_id(own.date_event, own.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        cast(own.date_event as date) as clinical_effective_date,
        case when own.is_numeric then cast(own.date_event as date) end as result_date,
        lds_utc(own.date_event_recorded) as date_recorded,
        cast(problem.end_date as date) as problem_end_date,
        -- flags nothing speaks of: false, and nothing on a removed row
        coalesce(problem.is_problem, nullif(own.is_removed, true)) as is_problem,
        coalesce(not problem.is_problem, nullif(own.is_removed, true)) as is_problem_deleted,
        nullif(own.is_removed, true) as is_review,
        cast(null as boolean) as is_primary,
        nullif(own.is_removed, true) as is_confidential,
        own.is_removed as lds_is_deleted,
        -- provenance
        own.publisher_organisation_code,
        own.lds_source_record_id,
        own.lds_source_key,
        own.lds_load_sequence,
        own.lds_extracted_at,
        own.lds_row_number
    from own
    left join last_known
        on own.publisher_organisation_code = last_known.publisher_organisation_code
        and own.lds_source_key = last_known.lds_source_key
    left join problem
        on own.publisher_organisation_code = problem.publisher_organisation_code
        and own.row_identifier = problem.id_code and not own.is_removed
    left join raw.sr_staff_member_profile as profile
        on own.publisher_organisation_code = profile.publisher_organisation_code
        and own.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
    left join raw.sr_mapping as comparator
        on cast(comparator.row_identifier as varchar) = own.numeric_comparator
    left join raw.sr_mapping as kind
        on cast(kind.row_identifier as varchar) = own.episode_type
)

select * from renamed
