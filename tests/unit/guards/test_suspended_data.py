"""What an officer decided of a suspension's data is followed delivery by delivery (S2)."""

from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.guards.verdicts import Bench, Case
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import Delivery, State
from lds_assets.platform import Platform
from lds_assets.raw.directory import Directory
from lds_assets.raw.tally import Tally
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import suppliers
from tests.unit.gate.desk import OFFICER, SECOND, Office, office_of, template_of
from tests.unit.gate.world import World

SUSPENDED, LIFTED = date(2025, 3, 20), date(2025, 4, 1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World().drop("practice_consent.csv")
    return template_of(tmp_path_factory.mktemp("template"), world)


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    return office_of(template, tmp_path)


def _outcome(office: Office, extracted_on: date) -> tuple[str, str]:
    """Rule on a full delivery of a day, a day after the suspension was lifted."""
    engine = office.register._engine
    settings = Settings(home=office.folder, today=date(2025, 4, 2))
    known = suppliers(None)
    platform = Platform(settings, engine, office.register, Ledger(engine), known)
    at = datetime(extracted_on.year, extracted_on.month, extracted_on.day, 2)
    delivery = Delivery("emis/g/1", "emis", "g", "g", "full", at, State.VALIDATED)
    case = Case(
        platform, known["emis"], delivery, {"E83003"}, "run", Directory(), {"E83003": "ACTIVE"}
    )
    tallies = {"Admin_Patient": Tally({("E83003", ""): 3}, ())}
    record = Bench(case).rule(tallies, lambda _owners: {}).records["E83003"]
    return record.outcome, record.primary_reason


@pytest.mark.parametrize(
    ("extracted_on", "include", "discard"),
    [
        (date(2025, 3, 19), ("LOADED", ""), ("LOADED", "")),
        (date(2025, 3, 20), ("LOADED", ""), ("DISCARDED", "DISCARDED")),
        (date(2025, 3, 31), ("LOADED", ""), ("DISCARDED", "DISCARDED")),
        (date(2025, 4, 1), ("LOADED", ""), ("LOADED", "")),
    ],
)
@pytest.mark.parametrize("decision", ["INCLUDE", "DISCARD"])
def test_deliveries_of_a_suspension_are_taken_or_never_taken_as_decided(
    office: Office,
    decision: str,
    extracted_on: date,
    include: tuple[str, str],
    discard: tuple[str, str],
) -> None:
    name = office.granted()
    office.on(SUSPENDED).suspend(name, SUSPENDED, OFFICER)
    assert _outcome(office, extracted_on) == ("DENIED", "C_SUSPENDED")
    office.on(LIFTED).resume(name, decision, SECOND)
    assert _outcome(office, extracted_on) == (include if decision == "INCLUDE" else discard)
