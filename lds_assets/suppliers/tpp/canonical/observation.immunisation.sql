-- Grain: one row per immunisation; OLIDS has no table of its own for them.
-- Rule source: tpp_to_olids.csv; what the other columns say stands as words in the result text.
with entry as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at,
        case when id_event > 0 then id_event end as event_no
    from raw.sr_immunisation
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_immunisation as old
    inner join entry on old.lds_source_key = entry.lds_source_key and entry.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

-- lists may be delivered as numbers or as words
described as (
    select
        entry.*,
        nullif(concat_ws(
            '; ',
            vaccine.name,
            'part ' || coalesce(part.mapping, entry.vacc_part),
            'dose ' || entry.dose,
            'site ' || coalesce(site.mapping, entry.location),
            'route ' || coalesce(route.mapping, entry.method),
            'batch ' || entry.vacc_batch_number,
            'expires ' || strftime(entry.date_expiry, '%Y-%m-%d')
        ), '') as words
    from entry
    left join raw.sr_immunisation_content as vaccine
        on entry.id_immunisation_content = vaccine.row_identifier
    left join raw.sr_mapping as part
        on cast(part.row_identifier as varchar) = entry.vacc_part
    left join raw.sr_mapping as site
        on cast(site.row_identifier as varchar) = entry.location
    left join raw.sr_mapping as route
        on cast(route.row_identifier as varchar) = entry.method
),

renamed as (
    select
        -- keys
        lds_id(
            'observation', entry.publisher_organisation_code, 'SRImmunisation',
            entry.row_identifier
        ) as id,
        lds_id(
            'patient', entry.publisher_organisation_code,
            case when entry.id_patient > 0 then entry.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(entry.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(entry.done_at) as provider_organisation_id,
        lds_organisation_id(entry.written_at) as author_organisation_id,
        lds_id('encounter', entry.publisher_organisation_code, entry.event_no) as encounter_id,
        tpp_practitioner_id(
            entry.done_at, entry.id_done_by, entry.publisher_organisation_code,
            profile.id_staff_member
        ) as practitioner_id,
        cast(null as varchar) as parent_observation_id,
        -- what
        tpp_code_id(entry.imms_snomed_code, entry.imms_read_code) as observation_source_concept_id,
        cast(null as double) as result_value,
        cast(null as varchar) as result_value_units_source_concept_id,
        entry.words as result_text,
        cast(null as varchar) as episodicity_source_concept_id,
        -- when
        tpp_precision_id(entry.date_event, entry.is_removed)
            as clinical_effective_date_precision_source_concept_id,
        cast(entry.date_event as date) as clinical_effective_date,
        cast(null as date) as result_date,
        lds_utc(entry.date_event_recorded) as date_recorded,
        cast(null as date) as problem_end_date,
        -- flags nothing speaks of: false, and nothing on a removed row
        nullif(entry.is_removed, true) as is_problem,
        nullif(entry.is_removed, true) as is_problem_deleted,
        nullif(entry.is_removed, true) as is_review,
        cast(null as boolean) as is_primary,
        nullif(entry.is_removed, true) as is_confidential,
        entry.is_removed as lds_is_deleted,
        -- provenance
        entry.publisher_organisation_code,
        entry.lds_source_record_id,
        entry.lds_source_key,
        entry.lds_load_sequence,
        entry.lds_extracted_at,
        entry.lds_row_number
    from described as entry
    left join last_known
        on entry.publisher_organisation_code = last_known.publisher_organisation_code
        and entry.lds_source_key = last_known.lds_source_key
    left join raw.sr_staff_member_profile as profile
        on entry.publisher_organisation_code = profile.publisher_organisation_code
        and entry.id_profile_entered_by = profile.row_identifier
        and profile.id_staff_member > 0
)

select * from renamed
