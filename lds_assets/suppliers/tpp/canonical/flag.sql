-- Grain: one row per note that warns about a patient.
-- Rule source: tpp_to_olids.csv; a note is in force while it is neither expired nor deleted.
with note as (
    select
        *,
        coalesce(removed_data, false) as is_removed
    from raw.sr_special_notes
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_special_notes as old
    inner join note on old.lds_source_key = note.lds_source_key and note.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

renamed as (
    select
        -- keys
        lds_id('flag', note.publisher_organisation_code, 'SRSpecialNotes', note.row_identifier)
            as id,
        lds_id(
            'patient', note.publisher_organisation_code,
            case when note.id_patient > 0 then note.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(note.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(note.publisher_organisation_code) as author_organisation_id,
        -- what
        nullif(concat_ws(': ', tpp_word(word.mapping, note.type), tpp_word(note.note, null)), '')
            as flag_text,
        -- when
        lds_utc(note.date_start) as effective_date,
        lds_utc(note.date_expired) as expired_date,
        -- flags, and nothing on a removed row
        case when not note.is_removed
                then note.date_expired is null and note.date_deleted is null
        end as is_active,
        note.is_removed as lds_is_deleted,
        -- provenance
        note.publisher_organisation_code,
        note.lds_source_record_id,
        note.lds_source_key,
        note.lds_load_sequence,
        note.lds_extracted_at,
        note.lds_row_number
    from note
    left join last_known
        on note.publisher_organisation_code = last_known.publisher_organisation_code
        and note.lds_source_key = last_known.lds_source_key
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = trim(note.type)
)

select * from renamed
