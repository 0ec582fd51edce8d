-- Grain: one row per registration of a patient at the practice, earlier ones included.
-- The patient's row tells the latest registration and its type, the status history the earlier
-- ones: an opening status starts, leaving or death ends. Rule source: olids rules 13, README.
with patient as (
    select * from raw.admin_patient where not coalesce(deleted, false)
),

status as (
    select
        publisher_organisation_code,
        patient_guid,
        history_date,
        trim(status_description) as status,
        regexp_matches(lower(trim(status_description)), '^(correctly )?registered') as is_opening,
        regexp_matches(lower(trim(status_description)), '^(left|deducted|death|deceased|died|dead)')
            as is_closing,
        -- total order of a patient's changes; of one moment, closing comes before opening
        concat_ws(' ', history_date, coalesce(history_time, '00:00:00'), is_opening, status)
            as place
    from raw.admin_patient_history
    where history_date is not null and trim(status_description) <> ''
),

-- an opening after an opening, or a closing after a closing, turns nothing
turn as (
    select * from status
    where is_opening or is_closing
    qualify is_opening <> coalesce(lag(is_opening) over (
        partition by publisher_organisation_code, patient_guid order by place
    ), false)
),

spell as (
    select
        *,
        lead(history_date) over following as ends_on,
        lead(status) over following as end_status,
        is_closing and lead(place) over following is null as is_last_closing
    from turn
    window following as (partition by publisher_organisation_code, patient_guid order by place)
),

last_closing as (
    select * from spell where is_last_closing
),

last_status as (
    select * from status
    qualify row_number() over (
        partition by publisher_organisation_code, patient_guid order by place desc
    ) = 1
),

latest as (
    select
        patient.*,
        date_of_registration as starts_on,
        -- a patient may be "left" or dead before the row says that registration ended
        coalesce(
            date_of_deactivation,
            case when last_closing.history_date >= date_of_registration
                then last_closing.history_date end,
            date_of_death
        ) as ends_on,
        trim(patient_type_description) as episode_type,
        -- a leaving before this registration belongs to an earlier one
        case when not last_status.is_closing or last_status.history_date >= date_of_registration
            then last_status.status end as episode_status
    from patient
    left join last_closing using (publisher_organisation_code, patient_guid)
    left join last_status using (publisher_organisation_code, patient_guid)
    where date_of_registration is not null
),

-- a spell that does not end before it is the latest registration itself under another date
earlier as (
    select
        patient.* replace (cast(null as varchar) as usual_gp_user_in_role_guid),
        spell.history_date as starts_on,
        spell.ends_on,
        case when spell.ends_on is null then trim(patient_type_description) end as episode_type,
        coalesce(spell.end_status, spell.status) as episode_status
    from patient
    inner join spell using (publisher_organisation_code, patient_guid)
    where spell.is_opening and (date_of_registration is null or (
        spell.history_date < date_of_registration and spell.ends_on <= date_of_registration))
    qualify row_number() over (
        partition by publisher_organisation_code, patient_guid, spell.history_date
        order by spell.place desc
    ) = 1
),

renamed as (
    select
        lds_id('episode_of_care', publisher_organisation_code, patient_guid, starts_on) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as managing_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        publisher_organisation_code as managing_organisation_code,
        lds_id('practitioner_in_role', publisher_organisation_code, usual_gp_user_in_role_guid)
            as usual_gp_practitioner_in_role_id,
        starts_on as episode_of_care_start_date,
        ends_on as episode_of_care_end_date,
        episode_type as type,
        lds_concept_id('urn:lds:emis:patient-type', episode_type) as episode_type_source_concept_id,
        episode_status as status,
        lds_concept_id('urn:lds:emis:registration-status', episode_status)
            as episode_status_source_concept_id,
        false as lds_is_deleted,
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from (select * from latest union all by name select * from earlier)
)

select * from renamed
