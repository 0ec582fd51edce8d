-- Grain: one row per patient and unbroken spell at an address; EMIS dates no address.
-- A spell starts with the extract that first shows it (the first one with the registration) and
-- ends with the extract that shows another. Rule source: emis_to_olids.csv.
with patient as (
    select * from raw.admin_patient
    where not coalesce(deleted, false)
),

version as (
    select
        *,
        coalesce(lower(trim(patient_type_description)) = 'temporary', false) as is_temporary,
        nullif(concat_ws(
            ', ',
            nullif(trim(house_name_flat_number, ' ,'), ''),
            nullif(trim(number_and_street, ' ,'), '')
        ), '') as line_1,
        -- the file name's stamp is London time
        cast(timezone('Europe/London', timezone('UTC', lds_extracted_at)) as date) as seen_on
    from raw_all.admin_patient
    where not coalesce(deleted, false)
    -- within one extract the last row counts
    qualify row_number() over (
        partition by publisher_organisation_code, lds_source_key, lds_extracted_at
        order by lds_load_sequence desc, lds_row_number desc
    ) = 1
),

worded as (
    select
        *,
        case
            when coalesce(line_1, village, town, county, postcode) is not null
                then lds_id(
                    'address',
                    is_temporary,
                    concat_ws('|', line_1, trim(village)),
                    concat_ws('|', trim(town), trim(county)),
                    coalesce(lds_clean_postcode(postcode), '')
                )
        end as address_hash
    from version
),

compared as (
    select
        *,
        lag(seen_on) over versions as last_seen_on,
        lag(address_hash) over versions as last_address_hash
    from worded
    window versions as (
        partition by publisher_organisation_code, lds_source_key
        order by lds_extracted_at
    )
),

spell as (
    select
        *,
        lead(seen_on) over (
            partition by publisher_organisation_code, lds_source_key
            order by lds_extracted_at
        ) as next_seen_on
    from compared
    where last_seen_on is null or address_hash is distinct from last_address_hash
),

renamed as (
    select
        -- keys
        lds_id(
            'patient_address', patient.publisher_organisation_code, patient.patient_guid,
            spell.address_hash, spell.lds_extracted_at
        ) as id,
        lds_id('patient', patient.publisher_organisation_code, patient.patient_guid) as patient_id,
        lds_organisation_id(patient.publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(patient.publisher_organisation_code) as author_organisation_id,
        -- what
        lds_concept_id(
            'urn:lds:emis:address-type',
            case when spell.is_temporary then 'Temporary' else 'Home' end
        ) as address_type_source_concept_id,
        spell.line_1 as address_line_1,
        trim(spell.village) as address_line_2,
        cast(null as varchar) as address_line_3,
        trim(spell.county) as address_line_4,
        trim(spell.town) as city,
        lds_clean_postcode(spell.postcode) as postcode,
        -- when
        case
            when spell.last_seen_on is null then coalesce(spell.date_of_registration, spell.seen_on)
            else spell.seen_on
        end as start_date,
        spell.next_seen_on as end_date,
        -- flags
        not spell.is_temporary as is_home_address,
        false as lds_is_deleted,
        -- provenance: recomputed whenever the patient's row comes, so it is the newest row's
        patient.publisher_organisation_code,
        patient.lds_source_record_id,
        patient.lds_source_key,
        patient.lds_load_sequence,
        patient.lds_extracted_at,
        patient.lds_row_number
    from spell
    inner join patient
        on
            spell.publisher_organisation_code = patient.publisher_organisation_code
            and spell.lds_source_key = patient.lds_source_key
    where spell.address_hash is not null
)

select * from renamed
