-- Grain: one row per registration of a patient at the practice, earlier ones included.
-- The patient's row tells the latest one, the history the others. Source: olids rules 13, README.
with patient as (
    select
        *,
        date_of_registration as starts_on,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id
    from raw.admin_patient
    where not coalesce(deleted, false)
),

status as (
    select
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        history_date,
        trim(status_description) as status,
        case
            when regexp_matches(lower(status_description), '^ *(correctly )?registered') then true
            when regexp_matches(
                lower(status_description), '^ *(left|deducted|death|deceased|died|dead)'
            ) then false
        end as is_opening,
        concat_ws(' ', history_date, coalesce(history_time, '00:00'), status_description) as place
    from raw.admin_patient_history
    where history_date is not null and trim(status_description) <> ''
),

-- an opening after an opening, or a closing after a closing, turns nothing
turned as (
    select
        *,
        is_opening <> coalesce(lag(is_opening ignore nulls) over history, false) as is_turn
    from status
    window history as (partition by patient_id order by place)
),

spell as (
    select
        *,
        lead(history_date) over history as ends_on,
        lead(status) over history as end_status
    from turned
    where is_turn
    window history as (partition by patient_id order by place)
),

known as (
    select
        patient_id,
        arg_max(status, place) as word,
        max(history_date) as changed,
        coalesce(arg_max(is_opening, place), true) as is_open,
        case when not is_open then max(history_date) filter (where is_turn) end as closed
    from turned
    group by patient_id
),

latest as (
    select
        patient.*,
        coalesce(
            patient.date_of_deactivation,
            -- the row may not say yet that a patient left or died
            case when known.closed >= patient.starts_on then known.closed end,
            patient.date_of_death
        ) as ends_on,
        trim(patient.patient_type_description) as type,
        case when known.is_open or known.changed >= patient.starts_on then known.word end as status
    from patient
    left join known on patient.patient_id = known.patient_id
    where patient.starts_on is not null
),

episode as (
    select * from latest
    union all by name
    -- a spell that does not end before it is the latest registration itself under another date
    select
        patient.* replace (null as usual_gp_user_in_role_guid, spell.history_date as starts_on),
        spell.ends_on,
        case when spell.ends_on is null then trim(patient.patient_type_description) end as type,
        coalesce(spell.end_status, spell.status) as status
    from spell
    inner join patient on spell.patient_id = patient.patient_id
    where
        spell.is_opening
        and (patient.starts_on is null or spell.history_date < patient.starts_on)
        and (patient.starts_on is null or spell.ends_on <= patient.starts_on)
    window same_day as (partition by spell.patient_id, spell.history_date order by spell.place desc)
    qualify row_number() over same_day = 1
),

renamed as (
    select
        lds_id('episode_of_care', publisher_organisation_code, patient_guid, starts_on) as id,
        patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as managing_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        publisher_organisation_code as managing_organisation_code,
        lds_id('practitioner_in_role', publisher_organisation_code, usual_gp_user_in_role_guid)
            as usual_gp_practitioner_in_role_id,
        starts_on as episode_of_care_start_date,
        ends_on as episode_of_care_end_date,
        type,
        lds_concept_id('urn:lds:emis:patient-type', type) as episode_type_source_concept_id,
        status,
        lds_concept_id('urn:lds:emis:registration-status', status)
            as episode_status_source_concept_id,
        false as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from episode
)

select * from renamed
