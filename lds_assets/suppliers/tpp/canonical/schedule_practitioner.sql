-- Grain: one row per rota and member of staff with a slot in it.
-- Rule source: tpp_to_olids.csv; the owner of the rota is unreliable in GP data. A pair goes when
-- no live slot is left that shows it.
with rota as (
    select * from raw.sr_rota
    where not coalesce(removed_data, false)
),

slotted as (
    select
        publisher_organisation_code,
        id_rota,
        id_profile_clinician as profile_no,
        arg_max(lds_source_record_id, row_identifier) as lds_source_record_id
    from raw.sr_appointment
    where not coalesce(removed_data, false) and id_profile_clinician > 0
    group by publisher_organisation_code, id_rota, id_profile_clinician
),

renamed as (
    select
        -- keys
        lds_id(
            'schedule_practitioner', rota.publisher_organisation_code, rota.row_identifier,
            slotted.profile_no
        ) as id,
        lds_organisation_id(rota.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(rota.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(rota.publisher_organisation_code) as author_organisation_id,
        lds_id('schedule', rota.publisher_organisation_code, rota.row_identifier) as schedule_id,
        lds_id('practitioner', rota.publisher_organisation_code, profile.id_staff_member)
            as practitioner_id,
        -- flags
        false as lds_is_deleted,
        -- provenance
        rota.publisher_organisation_code,
        slotted.lds_source_record_id,
        rota.lds_source_key,
        rota.lds_load_sequence,
        rota.lds_extracted_at,
        rota.lds_row_number
    from rota
    inner join slotted
        on rota.publisher_organisation_code = slotted.publisher_organisation_code
        and rota.row_identifier = slotted.id_rota
    left join raw.sr_staff_member_profile as profile
        on slotted.publisher_organisation_code = profile.publisher_organisation_code
        and slotted.profile_no = profile.row_identifier and profile.id_staff_member > 0
)

select * from renamed
