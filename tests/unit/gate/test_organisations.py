"""For whom a step of a variation is signed: a board's own officers act for it, nobody else's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.gate.events import GENESIS, NewEvent, chained, day_start
from lds_assets.gate.officers import OFFICER_FILE, Officer
from lds_assets.gate.recusals import wrong_deputy
from lds_assets.gate.variation import BOARD, Choice, Round, State
from lds_assets.gate.variation_desk import Signature, VariationDesk
from tests.officers import officer
from tests.unit.gate.test_variation_desk import (
    CONTENT,
    OWNER,
    SPONSOR,
    approve,
    desk,
    partner,
    register_of,
    to_case,
    world,
)


def _refused(opened: VariationDesk, rule: str, step: Callable[[], object]) -> Refused:
    """Take a step that a rule refuses: it is on record, and nothing else changes."""
    events, stood = len(register_of(opened).events()), opened.variation("V-1")
    with pytest.raises(Refused) as fault:
        step()
    assert fault.value.code == rule
    (recorded,) = register_of(opened).events()[events:]
    assert (recorded.event_type, recorded.reason_code) == ("refused", rule)
    assert opened.variation("V-1") == stood
    return fault.value


def test_a_partner_is_not_decided_for_by_another_partners_officer(
    tmp_path: Path, database: str
) -> None:
    opened = desk(tmp_path, database=database)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    approve(opened, Round.REQUEST, BOARD, "QMJ")

    def as_another() -> object:
        return opened.decide("V-1", Round.REQUEST, "QKK", Choice.APPROVE, partner("QMJ"))

    fault = _refused(opened, "S5-30", as_another)
    assert fault.what == "S5-30 who signs is no PARTNER_APPROVER of QKK"
    assert "lds register officer appoint" in fault.to_do
    assert opened.variation("V-1").missing(Round.REQUEST, {}) == ("QKK",)
    assert approve(opened, Round.REQUEST, "QKK") is State.REQUEST_APPROVED


def test_an_officer_of_no_board_decides_for_none(tmp_path: Path) -> None:
    own = officer("approver at large", "PARTNER_APPROVER", organisation="PLATFORM")
    opened = desk(tmp_path, world().add(OFFICER_FILE, **own))
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    large = Signature("approver at large", "PARTNER_APPROVER")
    for party in ("QMJ", "QKK"):
        _refused(
            opened,
            "S5-30",
            lambda party=party: opened.decide(  # type: ignore[misc]  # a default binds the loop
                "V-1", Round.REQUEST, party, Choice.APPROVE, large
            ),
        )


def test_one_partner_rejects_for_itself_and_a_stranger_for_nobody(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)

    def rejected(code: str) -> None:
        opened.move("V-1", State.REJECTED, replace(partner(code), reason="cost"))

    fault = _refused(opened, "S5-30", lambda: rejected("QMF"))
    assert fault.what == "S5-30 who signs is no PARTNER_APPROVER of QKK or QMJ"
    rejected("QKK")
    assert opened.variation("V-1").state is State.REJECTED


@pytest.mark.parametrize(
    ("party", "for_whom", "signed_by", "rule"),
    [
        ("QKK", "", "QNEW", "S5-31"),  # the former board decides no more, whoever signs
        ("QKK", "", "QKK", "S5-31"),
        ("QMJ", "QKK", "QMJ", "S5-31"),  # another partner does not stand for it
        ("QNEW", "QKK", "QKK", "S5-30"),  # an officer of the former board is not its successor's
        ("QNEW", "QKK", "QMJ", "S5-30"),
        ("QNEW", "QMJ", "QNEW", "S5-31"),  # who is in being speaks for itself
    ],
)
def test_only_the_board_that_stands_for_a_former_one_affirms(
    merged: VariationDesk, party: str, for_whom: str, signed_by: str, rule: str
) -> None:
    by = partner(signed_by, for_whom)
    _refused(
        merged,
        rule,
        lambda: merged.decide("V-1", Round.BUSINESS_CASE, party, Choice.APPROVE, by),
    )


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> VariationDesk:
    """A second round in which QKK has merged into QNEW."""
    rows = [dict(row) for row in world().rows["icb.csv"]]
    for row in rows:
        if row["icb_code"] == "QKK":
            row |= {"valid_to": "2025-07-01", "successor_code": "QNEW"}
    opened = to_case(desk(tmp_path_factory.mktemp("merged"), world(**{"icb.csv": rows})))
    return VariationDesk(register_of(opened), date(2025, 7, 2))


def test_a_request_is_made_and_withdrawn_by_a_sponsor_of_its_own_board(tmp_path: Path) -> None:
    other = officer("sponsor of QKK", "ICB_SPONSOR", organisation="QKK")
    opened = desk(tmp_path, world().add(OFFICER_FILE, **other))
    by = Signature("sponsor of QKK", "ICB_SPONSOR", reason="no longer wanted")
    _refused(opened, "S5-30", lambda: opened.draft("V-1", CONTENT, by))
    opened.draft("V-1", CONTENT, SPONSOR)
    _refused(opened, "S5-30", lambda: opened.submit("V-1", by))
    _refused(opened, "S5-30", lambda: opened.move("V-1", State.WITHDRAWN, by))
    # nor is it taken over by naming one's own board instead
    taken_over = {**CONTENT, "requesting_icbs": ["QKK"]}
    _refused(opened, "S5-30", lambda: opened.revise("V-1", taken_over, by))
    _refused(opened, "S5-30", lambda: opened.revise("V-1", taken_over, SPONSOR))
    _refused(
        opened,
        "S5-31",
        lambda: opened.revise("V-1", {**CONTENT, "requesting_icbs": ["Q"]}, SPONSOR),
    )
    opened.submit("V-1", SPONSOR)
    assert opened.variation("V-1").state is State.SUBMITTED


def test_a_request_that_names_no_board_is_nobodys_to_submit(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.revise("V-1", {**CONTENT, "requesting_icbs": None}, OWNER)
    fault = _refused(opened, "S5-31", lambda: opened.submit("V-1", SPONSOR))
    assert fault.what == "S5-31 no board stands for the request on 2025-06-16"


# -- who recuses


def _at_two_of_qkk(tmp_path: Path, database: str = "") -> VariationDesk:
    """A request that waits for QKK, which has two approvers, and one who left."""
    more = [
        officer("second of QKK", "PARTNER_APPROVER", organisation="QKK"),
        officer("third of QKK", "PARTNER_APPROVER", organisation="QKK"),
        officer("left QKK", "PARTNER_APPROVER", organisation="QKK", valid_to="2025-01-01"),
    ]
    asked = world()
    for row in more:
        asked = asked.add(OFFICER_FILE, **row)
    opened = desk(tmp_path, asked, database=database)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    approve(opened, Round.REQUEST, BOARD, "QMJ")
    return opened


def _recuse(opened: VariationDesk, deputy: str, by: Signature | None = None) -> object:
    return opened.decide(
        "V-1", Round.REQUEST, "QKK", Choice.RECUSE, by or partner("QKK"), deputy=deputy
    )


@pytest.mark.parametrize(
    "deputy",
    ["a deputy", "approver of QMJ", "sponsor", "left QKK", "Approver  of QKK", "approver of qkk"],
)
def test_a_deputy_is_another_approver_of_the_party_in_office(tmp_path: Path, deputy: str) -> None:
    opened = _at_two_of_qkk(tmp_path)
    _refused(opened, "S5-33", lambda: _recuse(opened, deputy))


def test_after_a_recusal_the_deputy_decides_and_nobody_else(tmp_path: Path, database: str) -> None:
    opened = _at_two_of_qkk(tmp_path, database)
    _recuse(opened, "second of QKK")
    second = Signature("second of QKK", "PARTNER_APPROVER")
    for other in (partner("QKK"), Signature("third of QKK", "PARTNER_APPROVER")):
        _refused(
            opened,
            "S5-34",
            lambda other=other: opened.decide(  # type: ignore[misc]  # a default binds the loop
                "V-1", Round.REQUEST, "QKK", Choice.APPROVE, other
            ),
        )
    assert opened.variation("V-1").missing(Round.REQUEST, {}) == ("QKK",)
    # the deputy may recuse too, and names the next, never back to who recused
    _refused(opened, "S5-33", lambda: _recuse(opened, "approver of QKK", second))
    _recuse(opened, "third of QKK", second)
    _refused(
        opened,
        "S5-34",
        lambda: opened.decide("V-1", Round.REQUEST, "QKK", Choice.APPROVE, second),
    )
    third = Signature("Third of QKK", "PARTNER_APPROVER")
    stands = opened.decide("V-1", Round.REQUEST, "QKK", Choice.APPROVE, third)
    assert stands is State.REQUEST_APPROVED


def test_where_the_deputy_left_another_officer_of_the_party_decides() -> None:
    """Also where an earlier program took any text for a deputy."""
    told = {"round": "REQUEST", "party": "QKK", "content_sha256": "1" * 64}
    recusal = _decision("one", Choice.RECUSE, told | {"deputy": "a deputy"})
    history = [chained(recusal, 1, GENESIS, recusal.effective_at)]
    held = [
        Officer.from_row(
            dict.fromkeys(("valid_to", "evidence_sha256"), "")
            | officer(name, "PARTNER_APPROVER", organisation="QKK")
        )
        for name in ("one", "two")
    ]
    day = date(2025, 7, 1)
    for name, rule in (("two", ""), ("one", "S5-34")):
        found = wrong_deputy(_decision(name, Choice.APPROVE, told), history, held, day)
        assert found.split(" ")[0] == rule
    # on another text everybody decides anew
    other = told | {"content_sha256": "2" * 64}
    assert wrong_deputy(_decision("one", Choice.APPROVE, other), history, held, day) == ""


def _decision(actor: str, choice: Choice, told: dict[str, str]) -> NewEvent:
    return NewEvent(
        *("variation", "V-1", "decided", day_start(date(2025, 6, 16)), actor, "PARTNER_APPROVER"),
        payload={**told, "choice": choice},
    )
