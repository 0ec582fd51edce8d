-- Grain: one row per registration of a patient, here or at a unit sharing the record.
-- Rule source: tpp_to_olids.csv. Keyed by patient, as record states and doctors name no
-- registration. Of kinds held together the leading one counts; an unknown kind stays as typed.
with registration as (
    select
        *,
        upper(trim(coalesce(id_organisation, publisher_organisation_code))) as managing_code,
        cast(date_registration as date) as start_date,
        cast(date_de_registration as date) as end_date,
        regexp_replace(trim(registration_status), '\s*,\s*', ',', 'g') as kinds
    from raw.sr_patient_registration
    where not coalesce(removed_data, false) and id_patient > 0
),

led as (
    select
        *,
        coalesce(
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(GMS|Standard)(?:,|$)', 1), ''),
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(Emergency)(?:,|$)', 1), ''),
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(Applied)(?:,|$)', 1), ''),
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(Private)(?:,|$)', 1), ''),
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(Temporary[^,]*)', 1), ''),
            nullif(regexp_extract(kinds, '(?i)(?:^|,)(Immediately Necessary[^,]*)', 1), ''),
            nullif(regexp_extract(kinds, '^([^,]*)', 1), '')
        ) as kind
    from registration
),

-- the newest record state inside a regular registration of the practice
stated as (
    select
        led.lds_source_record_id,
        arg_max(state.medical_record_status, (state.date_event, state.row_identifier)) as status
    from led
    inner join raw.sr_record_status as state
        on led.publisher_organisation_code = state.publisher_organisation_code
        and led.id_patient = state.id_patient
        and cast(state.date_event as date) >= led.start_date
        and cast(state.date_event as date) <= coalesce(led.end_date, date '9999-12-31')
    where
        not coalesce(state.removed_data, false)
        and lower(led.kind) in ('gms', 'standard')
        and led.managing_code = led.publisher_organisation_code
    group by led.lds_source_record_id
),

attended as (
    select
        led.lds_source_record_id,
        arg_max(
            spell.id_profile_registered_gp,
            (coalesce(spell.date_from, date '1800-01-01'), spell.row_identifier)
        ) as id_profile
    from led
    inner join raw.srgp_practice_history as spell
        on led.publisher_organisation_code = spell.publisher_organisation_code
        and led.id_patient = spell.id_patient
        and upper(trim(spell.id_practice)) = led.managing_code
        and coalesce(spell.date_from, date '1800-01-01')
        <= coalesce(led.end_date, date '9999-12-31')
        and coalesce(spell.date_to, date '9999-12-31') >= led.start_date
    where not coalesce(spell.removed_data, false) and spell.id_profile_registered_gp > 0
    group by led.lds_source_record_id
),

renamed as (
    select
        -- keys
        lds_id('episode_of_care', led.publisher_organisation_code, led.row_identifier) as id,
        lds_id('patient', led.publisher_organisation_code, led.id_patient) as patient_id,
        lds_organisation_id(led.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(led.managing_code) as managing_organisation_id,
        lds_organisation_id(led.managing_code) as author_organisation_id,
        led.managing_code as managing_organisation_code,
        lds_id('practitioner_in_role', 'shared', attended.id_profile)
            as usual_gp_practitioner_in_role_id,
        -- what; the words behind a state are those of its concept
        case
            when lower(led.kind) in ('gms', 'standard') then 'Regular'
            when lower(led.kind) = 'applied' then 'Pre Registration'
            when lower(led.kind) like 'temporary%' then 'Temporary'
            when lower(led.kind) like 'immediately necessary%' then 'Immediately Necessary'
            else led.kind
        end as type,
        lds_concept_id('urn:lds:tpp:registration-type', led.kind) as episode_type_source_concept_id,
        stated.status,
        lds_concept_id('urn:lds:tpp:record-status', stated.status)
            as episode_status_source_concept_id,
        -- when
        led.start_date as episode_of_care_start_date,
        led.end_date as episode_of_care_end_date,
        -- flags
        false as lds_is_deleted,
        -- provenance
        led.publisher_organisation_code,
        led.lds_source_record_id,
        cast(led.id_patient as varchar) as lds_source_key,
        led.lds_load_sequence,
        led.lds_extracted_at,
        led.lds_row_number
    from led
    left join stated on led.lds_source_record_id = stated.lds_source_record_id
    left join attended on led.lds_source_record_id = attended.lds_source_record_id
)

select * from renamed
