"""Consents begin and end at midnight in London, to the second, when the clocks change too."""

from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest

from lds_assets.gate.policy import Decision
from lds_assets.resources import Settings
from tests.unit.gate.world import BOOK, CONSENT, World

WISH, PARTY, OTHER = "practice_consent.csv", "agreement_party.csv", "G83001"

#: The first instants of London days around the two changes of the clocks in 2025, in UTC.
MIDNIGHTS = [
    (date(2025, 3, 30), datetime(2025, 3, 30, 0, tzinfo=UTC)),
    (date(2025, 3, 31), datetime(2025, 3, 30, 23, tzinfo=UTC)),
    (date(2025, 10, 26), datetime(2025, 10, 25, 23, tzinfo=UTC)),
    (date(2025, 10, 27), datetime(2025, 10, 27, 0, tzinfo=UTC)),
]
#: What the consent says of that day; reasons before its first second, and from then on.
TURNS = [
    ({"effective_from": "{day}"}, ("C_NOT_YET",), ()),
    ({"state": "WITHDRAWN", "effective_to": "{day}", "notice_ref": "N-1"}, (), ("C_WITHDRAWN",)),
]


@pytest.fixture
def two() -> World:
    """Both practices consent to the same agreements."""
    world = World().add(WISH, **{**CONSENT, "consent_id": "C-2", "practice_code": OTHER})
    for kind in ("DSA", "DPA"):
        signed = next(row for row in world.rows[PARTY] if row["agreement_id"] == kind)
        world = world.add(PARTY, **{**signed, "org_code": OTHER})
    return world


def _at(instant: datetime, monkeypatch: pytest.MonkeyPatch, world: World) -> list[Decision]:
    """Ask for both practices on the day the platform takes as today at an instant."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return instant.astimezone(tz)

    monkeypatch.setattr("lds_assets.resources.datetime", Clock)
    today = Settings(today=None).business_date()
    return [world.decide(today, practice) for practice in ("E83003", OTHER)]


@pytest.mark.parametrize(("cells", "before", "after"), TURNS)
@pytest.mark.parametrize(("day", "midnight"), MIDNIGHTS)
def test_the_answer_turns_at_the_second_the_day_begins(
    two: World,
    monkeypatch: pytest.MonkeyPatch,
    day: date,
    midnight: datetime,
    cells: dict[str, str],
    before: tuple[str, ...],
    after: tuple[str, ...],
) -> None:
    told = {name: text.format(day=day) for name, text in cells.items()}
    world = two.change(WISH, 0, **told)
    for instant, reasons in ((midnight - timedelta(seconds=1), before), (midnight, after)):
        asked, other = _at(instant, monkeypatch, world)
        assert asked.reasons == reasons
        assert other.is_allowed


def test_who_waits_for_a_consent_and_who_answers_a_withdrawal_are_told() -> None:
    waits, gone = BOOK.reasons["C_NOT_YET"], BOOK.reasons["C_WITHDRAWN"]
    assert (waits.owner_role, gone.owner_role) == ("PRACTICE_LIAISON", "IG_OFFICER")
    assert "first day of the consent" in waits.next_action
    assert "retention instruction" in gone.next_action
