"""A delivery that is broken as a whole is told from one with single faulty rows."""

from pathlib import Path

import pytest

from lds_assets.errors import Held, Quarantined
from lds_assets.guards.form import Findings, refuse_unfit, weigh_form
from lds_assets.raw.load import Tally
from lds_assets.raw.ownership import MALFORMED, NO_OWNER
from lds_assets.raw.scan import BadRecord
from lds_assets.suppliers.registry import Supplier
from tests.invented import invented_supplier
from tests.unit.landing.world import bolt

KNOWN = {"E84001", "E84002"}


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return bolt(tmp_path / "bolt")


def found(feed: Supplier, rows: dict[tuple[str, str], int], *bad: BadRecord) -> Findings:
    return weigh_form(feed, {"SRCode": Tally(rows, bad)}, KNOWN)


@pytest.mark.parametrize(
    ("good", "faulty", "is_broken"),
    [(81, 19, False), (80, 20, False), (79, 21, True), (0, 19, False), (0, 20, True)],
)
def test_more_than_a_fifth_and_at_least_twenty_rows_break_a_file(
    feed: Supplier, good: int, faulty: int, is_broken: bool
) -> None:
    of_values = found(feed, {("E84001", ""): good, ("E84001", "DateEvent"): faulty})
    of_records = found(
        feed, {("E84001", ""): good}, *(BadRecord(n, "TOO_MANY_COLUMNS") for n in range(faulty))
    )
    text = f"SRCode: {faulty} of {good + faulty} rows are not of its form"
    told = {"SRCode": text} if is_broken else {}
    assert of_values.of_form == of_records.of_form == told


@pytest.mark.parametrize(("lines", "is_broken"), [(9, False), (10, True)])
def test_one_record_over_many_lines_is_a_quote_that_never_closed(
    feed: Supplier, lines: int, is_broken: bool
) -> None:
    bad = BadRecord(4001, "UNQUOTED_VALUE", lines)
    told = found(feed, {("E84001", ""): 5000}, bad).of_form
    assert bool(told) == is_broken
    if is_broken:
        place = "SRCode: the record after 4,000 others runs over 10 lines"
        assert told == {"SRCode": f"{place}, as when a quote never closes"}


def test_rows_of_nobody_are_told_when_nearly_all_are(feed: Supplier) -> None:
    half = found(feed, {("E84001", ""): 50, (MALFORMED, ""): 50})
    few = found(feed, {(MALFORMED, ""): 19})
    most = found(feed, {("E84001", ""): 10, (MALFORMED, ""): 80, (NO_OWNER, ""): 10})
    assert half.nobodys == few.nobodys == ""
    assert most.nobodys == "90 of 100 rows name no practice of the register"
    assert not most.is_register
    strangers = found(feed, {("Y00001", ""): 100})
    assert strangers.is_register and strangers.nobodys


def test_shared_rows_need_no_practice(feed: Supplier) -> None:
    listed = weigh_form(feed, {"SRMapping": Tally({("shared", ""): 100}, ())}, KNOWN)
    assert listed == Findings()


def test_a_broken_delivery_is_set_aside_where_the_chain_shows_the_gap_and_else_held(
    feed: Supplier, tmp_path: Path
) -> None:
    refuse_unfit("bolt/1", feed, Findings())
    with pytest.raises(Quarantined) as aside:
        refuse_unfit("bolt/1", feed, Findings({"SRCode": "SRCode: broken"}))
    assert (aside.value.code, aside.value.what) == ("MALFORMED", "SRCode: broken")
    with pytest.raises(Quarantined, match="name no practice"):
        refuse_unfit("bolt/1", feed, Findings(nobodys="20 of 20 rows name no practice"))
    with pytest.raises(Held) as held:
        refuse_unfit("a/1", invented_supplier(tmp_path / "a"), Findings({"Entry": "Entry: broken"}))
    assert held.value.code == "MALFORMED"


def test_practices_the_register_lacks_are_asked_for_again(feed: Supplier) -> None:
    with pytest.raises(Held) as held:
        refuse_unfit("bolt/1", feed, Findings(nobodys="all", is_register=True))
    assert held.value.code == "OWNERS_UNKNOWN"
    assert "bring the register up to date" in held.value.to_do
