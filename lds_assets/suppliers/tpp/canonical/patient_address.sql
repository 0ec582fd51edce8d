-- Grain: one row per address of a patient, ended ones included; TPP keeps the history itself.
-- Rule source: tpp_to_olids.csv; a blank kind counts as home, an ended address as no home.
with address as (
    select
        *,
        coalesce(removed_data, false) as is_removed,
        coalesce(id_organisation_done_at, id_organisation, publisher_organisation_code) as done_at,
        coalesce(id_organisation, publisher_organisation_code) as written_at
    from raw.sr_patient_address_history
),

-- a removed row has nothing but its key: its patient is that of the last live version
last_known as (
    select
        old.publisher_organisation_code,
        old.lds_source_key,
        arg_max(old.id_patient, (old.lds_extracted_at, old.lds_load_sequence, old.lds_row_number))
            as id_patient
    from raw_all.sr_patient_address_history as old
    inner join address on old.lds_source_key = address.lds_source_key and address.is_removed
    where old.id_patient > 0
    group by old.publisher_organisation_code, old.lds_source_key
),

-- lists may be delivered as numbers or as words
labelled as (
    select
        address.*,
        trim(coalesce(word.mapping, address.address_type)) as kind
    from address
    left join raw.sr_mapping as word
        on cast(word.row_identifier as varchar) = address.address_type
),

renamed as (
    select
        -- keys
        lds_id('patient_address', address.publisher_organisation_code, address.row_identifier)
            as id,
        lds_id(
            'patient', address.publisher_organisation_code,
            case when address.id_patient > 0 then address.id_patient else last_known.id_patient end
        ) as patient_id,
        lds_organisation_id(address.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(address.done_at) as provider_organisation_id,
        lds_organisation_id(address.written_at) as author_organisation_id,
        -- where
        case when not address.is_removed
                then coalesce(lower(address.kind) = 'home', true) and address.date_to is null
        end as is_home_address,
        lds_concept_id('urn:lds:tpp:address-type', address.kind) as address_type_source_concept_id,
        address.name_of_building as address_line_1,
        nullif(concat_ws(' ', address.number_of_building, address.name_of_road), '')
            as address_line_2,
        address.name_of_locality as address_line_3,
        address.name_of_county as address_line_4,
        address.name_of_town as city,
        lds_clean_postcode(address.full_post_code) as postcode,
        -- when
        cast(address.date_event as date) as start_date,
        cast(address.date_to as date) as end_date,
        -- flags
        address.is_removed as lds_is_deleted,
        -- provenance
        address.publisher_organisation_code,
        address.lds_source_record_id,
        address.lds_source_key,
        address.lds_load_sequence,
        address.lds_extracted_at,
        address.lds_row_number
    from labelled as address
    left join last_known
        on address.publisher_organisation_code = last_known.publisher_organisation_code
        and address.lds_source_key = last_known.lds_source_key
)

select * from renamed
