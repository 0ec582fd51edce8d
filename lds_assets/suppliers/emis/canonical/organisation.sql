-- Grain: one row per EMIS organisation delivered. Practices and others alike; nobody's rows.
-- Rule source: emis_to_olids.csv; organisations of all suppliers meet on their ODS code.
with newest as (
    select max(lds_load_sequence) as load_sequence from raw.admin_organisation
),

-- parents of delivered rows are here for their ODS code alone: their own parents may be missing
delivered as (
    select organisation.*
    from raw.admin_organisation as organisation
    inner join newest on organisation.lds_load_sequence = newest.load_sequence
),

parent as (
    select
        organisation_guid,
        coalesce(
            lds_organisation_id(ods_code), lds_id('organisation', 'shared', organisation_guid)
        ) as parent_id
    from raw.admin_organisation
),

renamed as (
    select
        -- keys
        coalesce(
            lds_organisation_id(delivered.ods_code),
            lds_id('organisation', 'shared', delivered.organisation_guid)
        ) as id,
        coalesce(commissioner.parent_id, parent.parent_id) as parent_organisation_id,
        -- what it is
        upper(trim(delivered.ods_code)) as organisation_code,
        case when delivered.ods_code is not null then 'ODS' end as assigning_authority_code,
        trim(delivered.organisation_name) as name,
        lds_concept_id('urn:lds:emis:organisation-type', trim(delivered.organisation_type))
            as primary_location_type_source_concept_id,
        trim(delivered.organisation_type) as type_description,
        -- a shared row may not depend on the locations of practices: see README
        cast(null as varchar) as postcode,
        -- when
        delivered.open_date,
        delivered.close_date,
        -- flags: closed on the day of the extract, never judged by a clock
        coalesce(delivered.close_date <= cast(delivered.lds_extracted_at as date), false)
            as is_obsolete,
        false as lds_is_deleted,
        -- provenance
        delivered.publisher_organisation_code,
        delivered.lds_source_record_id,
        delivered.lds_source_key,
        delivered.lds_load_sequence,
        delivered.lds_extracted_at,
        delivered.lds_row_number
    from delivered
    -- some organisations are their own commissioner: no parent
    left join parent as commissioner
        on
            delivered.ccg_organisation_guid = commissioner.organisation_guid
            and delivered.ccg_organisation_guid <> delivered.organisation_guid
    left join parent
        on
            delivered.parent_organisation_guid = parent.organisation_guid
            and delivered.parent_organisation_guid <> delivered.organisation_guid
),

-- a code borne by several GUIDs is one organisation
chosen as (
    select * from renamed
    qualify row_number() over (partition by id order by lds_source_key) = 1
)

select * from chosen
