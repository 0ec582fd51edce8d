"""What loads of TPP extracts have lost or doubled elsewhere is there, once, in a release."""

from collections import Counter

import pytest

from tests.faults.tpp_run import FIRST, SECOND, clean

#: columns that were null in every row of a load elsewhere
FILLED = [
    ("episode_of_care", "episode_type_source_concept_id"),
    ("episode_of_care", "managing_organisation_id"),
    ("practitioner_in_role", "employer_organisation_id"),
    ("patient", "is_test_patient"),
    ("observation", "lds_is_deleted"),
    ("encounter", "lds_is_deleted"),
    ("medication_statement", "lds_is_deleted"),
]


@pytest.mark.parametrize(("table", "column"), FILLED)
def test_a_column_is_filled_in_every_row(table: str, column: str) -> None:
    rows = [row for row in clean().released[table] if not row.get("lds_is_deleted")]
    assert rows and all(row[column] is not None for row in rows)


def test_regular_registrations_have_a_state_of_the_record() -> None:
    states = {
        row["episode_status_source_concept_id"] for row in clean().released["episode_of_care"]
    }
    assert len(states - {None}) >= 1


def test_a_code_of_a_system_is_one_concept() -> None:
    concepts = Counter((row["system"], row["code"]) for row in clean().released["concept"])
    assert concepts and max(concepts.values()) == 1
    systems = {system for system, _ in concepts}
    # a second slash once made two systems of one
    assert len({system.rstrip("/").lower() for system in systems}) == len(systems)


@pytest.mark.parametrize(
    ("table", "files"),
    [
        ("encounter", ("SREvent",)),
        ("appointment", ("SRAppointment", "SRVisit")),
        ("observation", ("SRCode", "SRImmunisation")),
        ("medication_order", ("SRPrimaryCareMedication",)),
    ],
)
def test_no_join_doubles_a_record(table: str, files: tuple[str, ...]) -> None:
    rows = clean().released[table]
    assert len({row["id"] for row in rows}) == len(rows)
    written = 0
    for delivery in clean().platform.ledger.deliveries("tpp"):
        for file in files:
            written += clean().counted(delivery.delivery_id, file)["KEPT"]
    assert 0 < len([row for row in rows if not row["lds_is_deleted"]]) <= written


def test_the_generated_practices_are_there_to_be_asked_about() -> None:
    assert {row["publisher_organisation_code"] for row in clean().released["patient"]} >= {
        FIRST,
        SECOND,
    }
