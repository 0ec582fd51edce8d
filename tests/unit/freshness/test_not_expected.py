"""Why nothing is expected of a practice, in words."""

from datetime import date

import pytest

from lds_assets.freshness.expected import expectations
from lds_assets.freshness.not_expected import nothing_expected
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import suppliers
from tests.unit.gate.moving import TPP_CONSENT, moving
from tests.unit.gate.world import DAY, SYSTEM, World

PRACTICE = "E83003"
MOVED_ON = date(2025, 6, 16)


def _on(supplier: str, consent: dict[str, str] | None = None) -> World:
    """E83003 left EMIS for another system on the day."""
    world = moving(consent).change("practice_system.csv", ended_on=MOVED_ON.isoformat())
    return world.add(
        "practice_system.csv",
        **{**SYSTEM, "supplier_code": supplier, "go_live_on": MOVED_ON.isoformat()},
    )


def _void(world: World) -> World:
    day, state = MOVED_ON.isoformat(), "VOID_SUPPLIER_CHANGE"
    return world.change("practice_consent.csv", state=state, state_from=day, void_reason="moved")


def _told(world: World) -> str:
    return nothing_expected(world.state(), PRACTICE, DAY)


@pytest.mark.parametrize(
    ("world", "said"),
    [
        (
            _void(_on("MEDICUS")),
            "coverage ended 2025-06-16: on MEDICUS since then, which is not live",
        ),
        (
            _void(_on("TPP")),
            "on TPP since 2025-06-16; no consent to it is in force",
        ),
        (
            # signed, and in force from 20 June
            _void(_on("TPP", TPP_CONSENT)),
            "no consent is in force: that to TPP is GRANTED",
        ),
        (
            World().change("practice_consent.csv", effective_to="2025-06-16"),
            "no consent is in force: that to EMIS is EXPIRED",
        ),
        (World().drop("practice_consent.csv"), "no consent is in force"),
        (
            World().change("practice.csv", status="CLOSED", close_date="2025-06-15"),
            "coverage ended 2025-06-16: the practice closed",
        ),
    ],
)
def test_the_cause_is_named(world: World, said: str) -> None:
    assert _told(world) == said


def _merged(kind: str) -> World:
    return World().add(
        "practice_succession.csv",
        predecessor=PRACTICE,
        successor="G83001",
        kind=kind,
        effective_on="2025-06-16",
        source="LOCAL_EVIDENCE",
        evidence_ref="letter",
    )


def test_a_merged_practice_names_its_successor() -> None:
    assert _told(_merged("MERGER")) == "coverage ended 2025-06-16: succeeded by G83001"


class _Register:
    """As much of a register as expectations ask of."""

    def __init__(self, world: World) -> None:
        self._world = world

    def state(self) -> object:
        return self._world.state()

    def events(self) -> tuple[object, ...]:
        return ()


@pytest.mark.parametrize(("kind", "is_expected"), [("MERGER", False), ("SPLIT", True)])
def test_nothing_is_expected_of_a_practice_that_was_succeeded(kind: str, is_expected: bool) -> None:
    register = _Register(_merged(kind))
    for day, told in ((date(2025, 6, 15), True), (MOVED_ON, is_expected)):
        found = expectations(register, suppliers(Settings().suppliers), day)  # type: ignore[arg-type]
        assert (PRACTICE in found) is told
