-- Grain: one row per coded entry that is no allergy; a problem is a mark on its entry.
-- Rule source: tpp_to_olids.csv; allergies are the codes below Xa1pQ, compared with their case.
with entry as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_done_by > 0 then id_done_by end as doer_no,
        case when id_event > 0 then id_event end as event_no
    from raw.sr_code as code
    where code.ctv3_code is distinct from 'Xa1pQ' and not exists (
        select 1 from raw.sr_ctv3_hierarchy as tree
        where tree.ctv3_code_parent = 'Xa1pQ' and tree.ctv3_code_child = code.ctv3_code
            and not coalesce(tree.removed_data, false)
    )
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        publisher_organisation_code,
        lds_source_key,
        arg_max(id_patient, (lds_extracted_at, lds_load_sequence, lds_row_number)) as id_patient
    from raw_all.sr_code
    where id_patient > 0 and lds_source_key in (select lds_source_key from entry where is_removed)
    group by publisher_organisation_code, lds_source_key
),

-- a removed problem names its entry no more, earlier versions of it do; two problems may share an
-- entry, which is open while one of them is
problem as (
    select
        known.publisher_organisation_code,
        known.id_code,
        count(live.lds_source_key) > 0 as is_problem,
        case when count(live.lds_source_key) = count(live.date_end)
            then cast(max(live.date_end) as date) end as end_date
    from (select distinct publisher_organisation_code, id_code from raw_all.sr_problem) as known
    left join raw.sr_problem as live
        on live.publisher_organisation_code = known.publisher_organisation_code
        and live.id_code = known.id_code and not coalesce(live.removed_data, false)
    group by known.publisher_organisation_code, known.id_code
),

renamed as (
    select
        -- keys
        lds_id('observation', entry.publisher_organisation_code, 'SRCode', entry.row_identifier)
            as id,
        lds_id(
            'patient', entry.publisher_organisation_code,
            case when entry.id_patient > 0 then entry.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(entry.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(entry.done_at) as provider_organisation_id,
        lds_organisation_id(entry.written_at) as author_organisation_id,
        lds_id('encounter', entry.publisher_organisation_code, entry.event_no) as encounter_id,
        coalesce(
            lds_id('practitioner', upper(trim(entry.done_at)), entry.doer_no),
            lds_id('practitioner', entry.publisher_organisation_code, profile.id_staff_member)
        ) as practitioner_id,
        cast(null as varchar) as parent_observation_id,
        -- what; a leading Y marks a code of TPP's own
        case when entry.snomed_code > 0
            then lds_concept_id('http://snomed.info/sct', entry.snomed_code)
            when entry.ctv3_code like 'Y%' then lds_concept_id('urn:lds:tpp:code', entry.ctv3_code)
            else lds_concept_id('http://read.info/ctv3', entry.ctv3_code)
        end as observation_source_concept_id,
        case when entry.is_numeric then entry.numeric_value end as result_value,
        case when entry.is_numeric then lds_concept_id('urn:lds:tpp:unit', trim(entry.numeric_unit))
            end as result_value_units_source_concept_id,
        case when entry.is_numeric and entry.numeric_comparator is not null then concat_ws(
            ' ', coalesce(comparator.mapping, entry.numeric_comparator),
            regexp_replace(cast(entry.numeric_value as varchar), '[.]0$', ''), entry.numeric_unit
        ) end as result_text,
        lds_concept_id('urn:lds:tpp:episode-type', trim(coalesce(kind.mapping, entry.episode_type)))
            as episodicity_source_concept_id,
        -- when
        lds_concept_id(
            'urn:lds:tpp:date-precision',
            case when entry.is_removed then null when entry.date_event is null then 'unknown'
                when cast(entry.date_event as time) = time '00:00:00' then 'day' else 'minute' end
        ) as clinical_effective_date_precision_source_concept_id,
        cast(entry.date_event as date) as clinical_effective_date,
        case when entry.is_numeric then cast(entry.date_event as date) end as result_date,
        lds_utc(entry.date_event_recorded) as date_recorded,
        problem.end_date as problem_end_date,
        -- flags; the extract has none for review, primary and confidential
        coalesce(problem.is_problem, false) as is_problem,
        coalesce(not problem.is_problem, false) as is_problem_deleted,
        false as is_review,
        cast(null as boolean) as is_primary,
        false as is_confidential,
        entry.is_removed as lds_is_deleted,
        -- provenance
        entry.publisher_organisation_code,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from entry
    left join last_known
        on last_known.publisher_organisation_code = entry.publisher_organisation_code
        and last_known.lds_source_key = entry.lds_source_key
    left join problem
        on problem.publisher_organisation_code = entry.publisher_organisation_code
        and problem.id_code = entry.row_identifier and not entry.is_removed
    left join raw.sr_staff_member_profile as profile
        on profile.publisher_organisation_code = entry.publisher_organisation_code
        and profile.row_identifier = entry.id_profile_entered_by
        and profile.id_staff_member > 0
    left join raw.sr_mapping as comparator
        on cast(comparator.row_identifier as varchar) = entry.numeric_comparator
    left join raw.sr_mapping as kind
        on cast(kind.row_identifier as varchar) = entry.episode_type
)

select * from renamed
