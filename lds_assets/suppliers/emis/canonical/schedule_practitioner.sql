-- Grain: one row per appointment session and user of it.
-- A deleted session takes its users along: the feed sends no deletion for them.
-- Rule source: emis_to_olids.csv.
with holder as (
    select
        member.*,
        coalesce(member.deleted, false) or coalesce(held.deleted, false) as is_deleted
    from raw.appointment_session_user as member
    left join raw.appointment_session as held
        on
            member.publisher_organisation_code = held.publisher_organisation_code
            and member.session_guid = held.appointment_session_guid
),

renamed as (
    select
        -- keys
        lds_id(
            'schedule_practitioner', publisher_organisation_code, session_guid, user_in_role_guid
        ) as id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('schedule', publisher_organisation_code, session_guid) as schedule_id,
        lds_id('practitioner', publisher_organisation_code, user_in_role_guid) as practitioner_id,
        -- flags
        is_deleted as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from holder
)

select * from renamed
