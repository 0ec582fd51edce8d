-- Grain: one row per registration of a patient at the practice.
-- Kind and status are Rowan's words.
with renamed as (
    select
        lds_id('episode_of_care', publisher_organisation_code, uid) as id,
        lds_id('patient', publisher_organisation_code, patient_uid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as managing_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        publisher_organisation_code as managing_organisation_code,
        cast(null as varchar) as usual_gp_practitioner_in_role_id,
        started_on as episode_of_care_start_date,
        ended_on as episode_of_care_end_date,
        trim(kind) as type,
        cast(null as varchar) as episode_type_source_concept_id,
        case when ended_on is null then 'active' else 'finished' end as status,
        cast(null as varchar) as episode_status_source_concept_id,
        coalesce(lower(trim(change_type)) = 'removed', false) as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from raw.registration
)

select * from renamed
