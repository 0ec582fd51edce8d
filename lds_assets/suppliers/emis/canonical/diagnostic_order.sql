-- Grain: one row per observation whose code category is Investigation requests; a problem is a mark
-- on it. Its id has entity observation, so that links to it hold whatever table it lands in.
-- Rule source: emis_to_olids.csv (code category decides, EMIS_OLIDS v1.2.0).
with landing_here as (
    select code_id
    from raw.coding_clinical_code
    where code_id is not null
    group by code_id
    having arg_max(
        lower(trim(emis_code_category_description)),
        (lds_extracted_at, lds_load_sequence, lds_source_key)
    ) = 'investigation requests'
),

request as (
    select
        record.*,
        upper(trim(record.effective_date_precision)) as date_precision,
        trim(record.episode) as episodicity
    from raw.care_record_observation as record
    inner join landing_here on record.code_id = landing_here.code_id
    -- a deleted row has no code: observation takes it
    where record.deleted is distinct from true
),

marked as (
    select
        request.*,
        problem.observation_guid is not null as is_problem,
        problem.end_date
    from request
    left join raw.care_record_problem as problem
        on
            request.publisher_organisation_code = problem.publisher_organisation_code
            and request.observation_guid = problem.observation_guid
            and problem.deleted is distinct from true
),

renamed as (
    select
        -- keys
        lds_id('observation', publisher_organisation_code, observation_guid) as id,
        lds_id('patient', publisher_organisation_code, patient_guid) as patient_id,
        lds_organisation_id(publisher_organisation_code) as publisher_organisation_id,
        lds_organisation_id(publisher_organisation_code) as provider_organisation_id,
        lds_organisation_id(publisher_organisation_code) as author_organisation_id,
        lds_id('encounter', publisher_organisation_code, consultation_guid) as encounter_id,
        lds_id('practitioner', publisher_organisation_code, clinician_user_in_role_guid)
            as practitioner_id,
        lds_id('observation', publisher_organisation_code, parent_observation_guid)
            as parent_observation_id,
        -- what
        lds_concept_id('urn:lds:emis:code-id', code_id) as diagnostic_order_source_concept_id,
        value as result_value,
        lds_concept_id('urn:lds:emis:unit', trim(numeric_unit))
            as result_measurement_units_source_concept_id,
        case
            when value is not null and coalesce(date_precision, '') <> 'U'
                then effective_date
        end as result_date,
        cast(null as varchar) as result_text,
        -- "None" is the word for no episodicity
        lds_concept_id(
            'urn:lds:emis:episodicity', case when lower(episodicity) <> 'none' then episodicity end
        ) as episodicity_source_concept_id,
        -- when; precision U pads a date that nobody knows
        case when coalesce(date_precision, '') <> 'U' then effective_date end
            as clinical_effective_date,
        effective_date_precision as date_precision_raw,
        lds_concept_id('urn:lds:emis:date-precision', date_precision)
            as clinical_effective_date_precision_source_concept_id,
        lds_utc(entered_date, entered_time) as date_recorded,
        end_date as problem_end_date,
        -- flags
        is_problem,
        -- the entry's own word: the problem it reviews is another record
        coalesce(lower(episodicity) = 'review', false) as is_review,
        parent_observation_guid is null as is_primary,
        false as lds_is_deleted,
        -- provenance
        publisher_organisation_code,
        lds_source_record_id,
        lds_source_key,
        lds_load_sequence,
        lds_extracted_at,
        lds_row_number
    from marked
)

select * from renamed
