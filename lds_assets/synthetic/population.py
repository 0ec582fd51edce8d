"""The neutral population: one practice chunk at a time in schema ``syn`` of a DuckDB connection.

Tables (see ``sql/*.sql`` for their grain): staff, patient, registration, session, slot,
consultation, event, referral, diary, drug, issue, and the lookups code and drugcode. Rows carry
``born_day`` (0: in the bulk; d: new in delta d), ``changed_day``, ``deleted_day``, ``readded_day``;
the macros ``syn.<entity>_day(d)`` give what a delivery of day d holds, in that day's state, with
``is_deleted``. Every value is a hash of seed and row number: the same plan gives the same rows,
whatever the order of work.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb

from lds_assets.synthetic import names
from lds_assets.synthetic.catalogue import LATE_CODE, load_catalogue
from lds_assets.synthetic.form import PracticePlan, RunPlan
from lds_assets.synthetic.literal import literal

SQL = Path(__file__).parent / "sql"
CHUNK_PATIENTS = 2500
#: consultations of a chunk: long records are made in smaller chunks, to bound memory
CHUNK_CONSULTATIONS = 25_000

_STEPS = (
    *("registrant", "patient", "staff", "appointment", "consultation", "condition"),
    *("entry", "event", "event_kinds", "drug", "issue", "day"),
)
#: hospitals that referrals go to; real codes and names of large London trusts
PROVIDERS = (
    ("RJ1", "Guy's and St Thomas' NHS Foundation Trust"),
    ("RJZ", "King's College Hospital NHS Foundation Trust"),
    ("RYJ", "Imperial College Healthcare NHS Trust"),
    ("RRV", "University College London Hospitals NHS Foundation Trust"),
    ("R1H", "Barts Health NHS Trust"),
    ("RAL", "Royal Free London NHS Foundation Trust"),
    ("RJ7", "St George's University Hospitals NHS Foundation Trust"),
)
_SLOTS_PER_PATIENT = 2.2
_OPEN_SHARE = {"emis": 0.6, "tpp": 0.4}


def open_population(plan: RunPlan) -> duckdb.DuckDBPyConnection:
    """Return a connection that holds the catalogue and macros, ready for practice chunks."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.execute("set preserve_insertion_order = true")
    connection.execute("create schema syn")
    _set(connection, "syn_seed", plan.seed)
    _set(connection, "syn_days", plan.days)
    _set(connection, "syn_persons", plan.persons)
    _set(connection, "syn_consultations", plan.consultations)
    _set(connection, "syn_slots", _SLOTS_PER_PATIENT)
    _set(connection, "syn_edited", plan.edited)
    _set(connection, "syn_issues", max(2, round(plan.consultations * 2)))
    bulk = plan.end_date - timedelta(days=plan.days)
    connection.execute(f"set variable syn_bulk_date = date '{bulk.isoformat()}'")
    for word, values in (
        ("female", names.FEMALE),
        ("male", names.MALE),
        ("surname", names.SURNAMES),
        ("street", names.STREETS),
        ("village", names.VILLAGES),
        ("letters", names.LETTERS),
        ("providers", [code for code, _ in PROVIDERS]),
    ):
        connection.execute(f"set variable syn_{word} = {literal(list(values))}")
    connection.execute(f"set variable syn_ages = {list(names.AGE_BANDS)}")
    for name, rate in plan.rates.items():
        _set(connection, f"rate_{name}", rate)
    _set(connection, "syn_canary", "")
    _set(connection, "syn_first_day", 0)
    _set(connection, "syn_restart_share", 0.0)
    load_catalogue(connection, plan.tail_codes)
    late = connection.execute(
        f"select code_no from syn.code where code_key = {literal(LATE_CODE)}"
    ).fetchone()
    assert late is not None
    _set(connection, "syn_late_code", int(late[0]))
    connection.execute(_statement("macros"))
    return connection


def chunks(practice: PracticePlan, consultations: float = 1.0) -> Iterator[tuple[int, int]]:
    """Yield the patient ranges ``[low, high)`` a practice is made in; numbers start at 1.

    Args:
        consultations: mean consultations of a patient.
    """
    size = min(CHUNK_PATIENTS, max(1, int(CHUNK_CONSULTATIONS / consultations)))
    for low in range(1, practice.patients + 1, size):
        yield low, min(low + size, practice.patients + 1)


def make_chunk(
    connection: duckdb.DuckDBPyConnection, practice: PracticePlan, low: int, high: int
) -> None:
    """Fill the tables of schema ``syn`` with one practice's patients ``[low, high)``."""
    _set(connection, "syn_practice", practice.index)
    _set(connection, "syn_first_person", practice.first_person)
    _set(connection, "syn_span", person_span(practice.patients))
    _set(connection, "syn_patients", practice.patients)
    _set(connection, "syn_low", low)
    _set(connection, "syn_high", high)
    _set(connection, "syn_staff", practice.staff)
    _set(connection, "syn_doctors", max(2, practice.staff // 3))
    _set(connection, "syn_canary", practice.canary)
    _set(connection, "syn_outward", practice.postcode.split()[0])
    origin = practice.origin or practice.supplier_code
    _set(connection, "syn_open_share", _OPEN_SHARE.get(origin, 0.6))
    _set(connection, "syn_first_day", practice.first_day)
    _set(connection, "syn_restart_share", float(practice.restart_share))
    # a delta touches about one patient in a hundred, and in a tiny practice at least a few
    _set(connection, "syn_touch", max(0.01, min(0.2, 6 / practice.patients)))
    for step in _STEPS:
        connection.execute(_statement(step))


def count_registered(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many patients of the chunk are registered after the newest delivery."""
    row = connection.execute(
        "select count(*) from syn.patient where registration_type = 'Regular' "
        "and if(changed_day is null, deducted_on, next_deducted_on) is null"
    ).fetchone()
    return int(row[0]) if row else 0


def person_span(patients: int) -> int:
    """Return how many person numbers a practice takes: whole sixteens (sharing counts in them)."""
    return (patients + 17) // 16 * 16


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: int | float | str) -> None:
    kind = {int: "bigint", float: "double", str: "varchar"}[type(value)]
    connection.execute(f"set variable {name} = {literal(value)}::{kind}")


def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
