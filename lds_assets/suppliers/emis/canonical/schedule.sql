-- Grain: one row per appointment session.
-- Rule source: emis_to_olids.csv; of several users the lowest GUID is the practitioner.
with appointment_session as (
    select * from raw.appointment_session
),

first_user as (
    select
        publisher_organisation_code,
        session_guid,
        min(user_in_role_guid) as user_in_role_guid
    from raw.appointment_session_user
    where not coalesce(deleted, false)
    group by publisher_organisation_code, session_guid
),

held as (
    select
        appointment_session.*,
        trim(location.location_name) as location_name,
        first_user.user_in_role_guid
    from appointment_session
    left join raw.admin_location as location
        on
            appointment_session.publisher_organisation_code = location.publisher_organisation_code
            and appointment_session.location_guid = location.location_guid
            and not coalesce(location.deleted, false)
    left join first_user
        on
            appointment_session.publisher_organisation_code = first_user.publisher_organisation_code
            and appointment_session.appointment_session_guid = first_user.session_guid
),

renamed as (
    select
        -- keys
        lds_id('schedule', publisher_organisation_code, appointment_session_guid) as id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('location', publisher_organisation_code, location_guid) as location_id,
        case
            when not coalesce(deleted, false)
                then lds_id('practitioner', publisher_organisation_code, user_in_role_guid)
        end as practitioner_id,
        -- what
        location_name,
        trim(session_type_description) as type,
        trim(description) as name,
        -- when
        lds_utc(start_date, start_time) as start_datetime,
        lds_utc(end_date, end_time) as end_datetime,
        -- flags
        case when not coalesce(deleted, false) then coalesce(private, false) end as is_private,
        coalesce(deleted, false) as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from held
)

select * from renamed
