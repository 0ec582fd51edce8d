"""A row of what a supplier shows that is older than one before: told, and the newest counts."""

from pathlib import Path

import pytest

from lds_assets.guards.side_dates import as_document, standing
from lds_assets.guards.supplier_side import shown_in
from tests.unit.guards.test_supplier_side import BOTH, BULK, DELTA, FIRST, SECOND, Group

OLD, NOON, LATER = "2025-02-03 09:30:00", "2026-01-09 12:00:00", "2026-01-10 12:00:00"
THIRD = "20260112"


@pytest.fixture
def group(tmp_path: Path) -> Group:
    (tmp_path / "var").mkdir()
    return Group(tmp_path / "var")


def _newest(group: Group) -> dict[str, str] | None:
    newest = group.feed.ledger.deliveries("emis")[-1].delivery_id
    return shown_in(group.feed.engine, newest)


@pytest.mark.parametrize("stale", ["DISABLED", "DELETED", "PRESENT_NOT_ACTIVATED"])
def test_an_older_row_is_told_and_the_newest_goes_on_to_count(group: Group, stale: str) -> None:
    group.receive(BULK, BOTH, {FIRST: NOON, SECOND: NOON})
    assert group.receive(DELTA, {**BOTH, FIRST: stale}, {FIRST: OLD, SECOND: NOON}) == 0

    assert group.seen() == [("ACTIVE", "2026-01-10")]
    assert _newest(group) == BOTH
    (found,) = standing(group.feed.engine, "emis")
    assert (found.practice_code, found.row_shows, found.counts) == (FIRST, stale, "ACTIVE")
    (told,) = as_document([found])
    assert told["reason"] == "DATE_REGRESSION" and told["owner_role"] and told["to_do"]
    assert "2025-02-03" in told["detail"] and "2026-01-09" in told["detail"]
    event = group.feed.ledger.events(found.delivery_id)[-1]
    assert (event.reason, event.from_state) == ("DATE_REGRESSION", event.to_state)


def test_an_older_row_never_opens_a_feed_again(group: Group) -> None:
    group.receive(BULK, BOTH, {FIRST: OLD})
    group.receive(DELTA, {**BOTH, FIRST: "DISABLED"}, {FIRST: LATER})
    group.receive(THIRD, BOTH, {FIRST: OLD})

    assert group.seen() == [("ACTIVE", "2026-01-10"), ("DISABLED", "2026-01-11")]
    assert _newest(group) == {**BOTH, FIRST: "DISABLED"}


def test_the_warning_ends_with_a_row_that_is_as_new_again(group: Group) -> None:
    group.receive(BULK, BOTH, {FIRST: NOON})
    group.receive(DELTA, BOTH, {FIRST: OLD})
    assert len(standing(group.feed.engine, "emis")) == 1
    group.receive(THIRD, {**BOTH, FIRST: "DISABLED"}, {FIRST: NOON})

    assert standing(group.feed.engine, "emis") == []
    assert group.seen()[-1] == ("DISABLED", "2026-01-12")


def test_equal_and_blank_dates_are_taken_as_they_are(group: Group) -> None:
    group.receive(BULK, BOTH, {FIRST: NOON, SECOND: NOON})
    group.receive(DELTA, {FIRST: "DISABLED", SECOND: "DELETED"}, {FIRST: NOON})

    assert (group.seen()[-1][0], group.seen(SECOND)[-1][0]) == ("DISABLED", "DELETED")
    assert standing(group.feed.engine, "emis") == []


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (("ACTIVE", LATER), ("DISABLED", NOON), "ACTIVE"),  # a stale copy closes nothing
        (("DISABLED", LATER), ("ACTIVE", NOON), "DISABLED"),  # the newest closes
        (("ACTIVE", NOON), ("DISABLED", NOON), "DISABLED"),  # alike: the worst
        (("ACTIVE", NOON), ("DISABLED", ""), "DISABLED"),  # without a date it may be the newest
        (("DELETED", OLD), ("ACTIVE", NOON), "ACTIVE"),
    ],
)
def test_of_several_rows_of_a_practice_the_newest_speaks(
    group: Group, first: tuple[str, str], second: tuple[str, str], counts: str
) -> None:
    for name, rows in ((BULK, (first, second)), (DELTA, (second, first))):
        group.receive(name, {SECOND: "ACTIVE"}, more=[(FIRST, *each) for each in rows])
        assert _newest(group) == {FIRST: counts, SECOND: "ACTIVE"}
    assert group.seen() == [(counts, "2026-01-10")]


@pytest.mark.parametrize(("state", "other"), [("DISABLED", "ACTIVE"), ("ACTIVE", "DISABLED")])
def test_the_newest_row_counts_also_when_its_extract_comes_late(
    group: Group, state: str, other: str
) -> None:
    group.receive(BULK, {**BOTH, FIRST: other}, {FIRST: OLD})
    group.receive("20260113", {**BOTH, FIRST: other}, {FIRST: NOON})
    assert group.receive(DELTA, {**BOTH, FIRST: state}, {FIRST: LATER}) == 1

    # from the newest extract on, which was a stale copy: nothing it opened stays open, or shut
    assert group.seen() == [(other, "2026-01-10"), (state, "2026-01-13")]
    # and a copy of it later on does not turn it back
    group.receive("20260114", {**BOTH, FIRST: other}, {FIRST: NOON})
    assert group.seen()[-1] == (state, "2026-01-13")


@pytest.mark.parametrize(
    ("late", "newest"),
    [
        (NOON, NOON),  # no newer than what came after it
        (OLD, NOON),
        (LATER, ""),  # the later extract has no date to compare with: it speaks
    ],
)
def test_a_late_row_that_is_no_newer_tells_nothing(group: Group, late: str, newest: str) -> None:
    group.receive(BULK, BOTH, {FIRST: OLD})
    group.receive("20260113", BOTH, {FIRST: newest} if newest else None)
    assert group.receive(DELTA, {**BOTH, FIRST: "DISABLED"}, {FIRST: late}) == 0
    assert group.seen() == [("ACTIVE", "2026-01-10")]


def test_a_late_row_of_a_practice_that_is_gone_tells_nothing(group: Group) -> None:
    group.receive(BULK, BOTH, {FIRST: OLD, SECOND: OLD})
    group.receive("20260113", {SECOND: "ACTIVE"}, {SECOND: OLD})
    group.receive(DELTA, BOTH, {FIRST: LATER})
    assert group.seen() == [("ACTIVE", "2026-01-10"), ("ABSENT", "2026-01-13")]
