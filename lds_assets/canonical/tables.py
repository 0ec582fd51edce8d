"""The canonical Delta tables: versions of OLIDS rows, appended and never merged."""

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import CanonicalTable, olids

#: The OLIDS tables a release shows, in reading order.
CANONICAL_TABLES = (
    "organisation",
    "location",
    "location_contact",
    "practitioner",
    "practitioner_in_role",
    "patient",
    "patient_address",
    "patient_contact",
    "patient_uprn",
    "patient_age_flags",
    "patient_person",
    "person",
    "national_data_opt_out",
    "episode_of_care",
    "encounter",
    "observation",
    "allergy_intolerance",
    "diagnostic_order",
    "procedure_request",
    "referral_request",
    "medication_statement",
    "medication_order",
    "appointment",
    "appointment_practitioner",
    "schedule",
    "schedule_practitioner",
    "concept",
    "concept_map",
    "postcode_hash",
)

#: Documented without columns so far; stored always, released where a deployment asks for it.
PROVISIONAL_TABLES = ("flag",)

#: Made by the platform from patients, not by a supplier's select.
PERSON_TABLES = ("patient_person", "person")

#: Worked out when a release is read: they depend on its day.
DERIVED_TABLES = ("patient_age_flags",)

#: Tables that nothing on the road can fill yet, and why; they are there, typed and empty.
UNFED_TABLES = {
    "patient_uprn": "filled from the answers of the address matching exchange",
    "national_data_opt_out": "filled from the answers of the national data opt-out service",
    "postcode_hash": "rows exist in pseudonymised shares only, hashed with the key of the share",
}

#: Kept in the lake: what the suppliers' selects and the platform write.
STORED_TABLES = tuple(
    name
    for name in (*CANONICAL_TABLES, *PROVISIONAL_TABLES)
    if name not in DERIVED_TABLES and name not in UNFED_TABLES
)

#: What the suppliers' selects may feed.
FED_TABLES = tuple(name for name in STORED_TABLES if name not in PERSON_TABLES)

#: Belong to no publisher; one row per id whoever delivers it.
SHARED_TABLES = ("organisation", "concept", "concept_map")

#: Dataset of rows the platform takes from terminology; its words on a concept come first.
TERMINOLOGY = "Terminology"

#: The date that tells how recent a table's content is.
EVENT_DATES = {
    "appointment": "cast(start_date as date)",
    "encounter": "clinical_effective_date",
    "observation": "clinical_effective_date",
    "allergy_intolerance": "clinical_effective_date",
    "diagnostic_order": "clinical_effective_date",
    "procedure_request": "clinical_effective_date",
    "referral_request": "clinical_effective_date",
    "medication_statement": "clinical_effective_date",
    "medication_order": "clinical_effective_date",
    "episode_of_care": "episode_of_care_start_date",
    "schedule": "cast(start_datetime as date)",
}

#: Joined when a release is read, never stored in a row version: they depend on other entities.
LATE_COLUMNS = frozenset(
    {
        "person_id",
        "age_at_event",
        "age_at_event_baby",
        "age_at_event_neonate",
        "sk_patient_id",
        "is_mapped",
        "episode_of_care_id",
    }
)

#: Columns of the platform's own that nothing fills yet, with the reason.
UNFILLED_COLUMNS = {
    ("patient", "sk_patient_id"): "a pseudonym is made with the key of a purpose, in a share",
}

#: Filled by the core from the provenance of the source row.
CORE_COLUMNS = frozenset({"lds_source_dataset", "source_extraction_date", "lds_transform_datetime"})

#: What a select passes on from its source row, beside the OLIDS columns.
PROVENANCE = (
    PARTITION,
    "lds_source_record_id",
    "lds_source_key",
    "lds_load_sequence",
    "lds_extracted_at",
    "lds_row_number",
)

#: Columns of the lake that OLIDS does not have.
SYSTEM_COLUMNS = {
    PARTITION: "VARCHAR",
    "lds_source_record_id": "VARCHAR",
    "lds_source_key": "VARCHAR",
    "lds_source_sequence": "BIGINT",
    "lds_row_number": "BIGINT",
    "lds_feed": "VARCHAR",
    "lds_load_sequence": "BIGINT",
    "lds_is_base": "BOOLEAN",
    "lds_is_deleted": "BOOLEAN",
    "source_extraction_date": "TIMESTAMP",
    "lds_source_dataset": "VARCHAR",
    "lds_transform_datetime": "TIMESTAMP",
}

#: Keys of tables whose document marks none, or whose key is not called ``id``.
_KEYS = {"concept_map": ("concept_map_name", "source_concept_id", "target_concept_id")}


def released_tables(settings: Settings) -> tuple[str, ...]:
    """Return the tables a release of this deployment shows, in reading order."""
    return CANONICAL_TABLES + (PROVISIONAL_TABLES if settings.provisional_tables else ())


def key_columns(table: str) -> tuple[str, ...]:
    """Return the columns that identify a current row of an OLIDS table."""
    return _KEYS.get(table) or olids()[table].key or ("id",)


def own_columns(table: str) -> dict[str, str]:
    """Return name -> lake type of the columns a supplier's select must yield itself."""
    wanted = LATE_COLUMNS | CORE_COLUMNS | set(PROVENANCE)
    return {
        column.name: column.lake_type
        for column in olids()[table].columns
        if column.name not in wanted
    }


def select_columns(table: str) -> dict[str, str]:
    """Return name -> lake type of everything a supplier's select must yield."""
    types = {
        PARTITION: "VARCHAR",
        "lds_source_record_id": "VARCHAR",
        "lds_source_key": "VARCHAR",
        "lds_load_sequence": "BIGINT",
        "lds_extracted_at": "TIMESTAMP",
        "lds_row_number": "BIGINT",
    }
    return {**own_columns(table), "lds_is_deleted": "BOOLEAN", **types}


def stored_columns(table: str) -> dict[str, str]:
    """Return name -> lake type of the Delta table behind an OLIDS table."""
    document: CanonicalTable = olids()[table]
    own = {
        column.name: column.lake_type
        for column in document.columns
        if column.name not in LATE_COLUMNS and column.name not in SYSTEM_COLUMNS
    }
    # first: Delta keeps statistics of the first 32 columns only, and files are found by sequence
    return {**SYSTEM_COLUMNS, **own}


def canonical_table(settings: Settings, table: str) -> LakeTable:
    """Return the Delta table behind an OLIDS table."""
    return LakeTable(settings.lake / "canonical" / table, stored_columns(table))
