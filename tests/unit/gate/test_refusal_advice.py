"""Whatever the register refuses, the refusal says what to do about this rule or this entity."""

import re
from pathlib import Path

import pytest

from lds_assets.gate.entities import known_entities
from lds_assets.gate.events import NewEvent
from lds_assets.gate.refusal_advice import advice
from lds_assets.resources import REPOSITORY
from tests.unit.gate.world import NOW

#: Written at desks; what else is refused is of a reviewed file, or of the platform itself.
DESKS = ("practice_consent", "agreement", "variation", "migration", "onboarding", "purge_job")


def _advice(rule: str, entity: str = "variation") -> str:
    return advice(rule, NewEvent(entity, "X-1", "moved", NOW, "somebody", "OPS"))


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("S0-7 a second person must act", "name a second person"),
        ("S0-3 a denial, withdrawal, hold or override needs a reason", "--reason"),
        ("S0-11 who signs is no officer with the role OPS on 2026-01-01", "officer list"),
        ("S5-30 who signs is no PARTNER_APPROVER of QMF", "have an officer of that board sign"),
        ("S5-16 no way leads from DRAFT to LIVE", "`lds variation show X-1`"),
    ],
)
def test_a_rule_has_its_own_advice_or_its_entitys(rule: str, told: str) -> None:
    assert told in _advice(rule)


@pytest.mark.parametrize("entity", DESKS)
def test_a_step_of_a_desk_is_sent_to_its_page(entity: str) -> None:
    assert entity in known_entities()
    (page,) = re.findall(r"docs/operate/[\w-]+\.md", _advice("S99-1 whatever", entity))
    assert Path(REPOSITORY / page).is_file()


def test_there_is_always_something_to_do() -> None:
    assert _advice("S0-4 the payload has a field of a patient", "feed_pause")
