"""The desk: what the register itself knows of the day goes into each step, and rules follow."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.policy import Question
from lds_assets.gate.system_moves import apply_system_moves
from lds_assets.gate.variation import BOARD, Choice, Round, State
from lds_assets.gate.variation_desk import Signature, VariationDesk, content_sha256
from lds_assets.gate.variation_rules import ASSURANCE_FIELDS, CASE_FIELDS, SCOPING_FIELDS
from tests.unit.gate.world import NOW, SEEDS, World

#: Within the cycle, and before its deadline.
DAY = date(2025, 6, 16)
SPONSOR = Signature("sponsor", "ICB_SPONSOR")
SECRETARY = Signature("secretary", "BOARD_SECRETARY", evidence_ref="minute 4")
LEAD = Signature("lead", "TECH_LEAD")
OWNER = Signature("owner", "PRODUCT_OWNER")
DELIVERY = Signature("builder", "DELIVERY_LEAD")
SAFE = Signature(
    "officer", "IG_OFFICER", second="clinician", second_role="CLINICAL_SAFETY", reason="go live"
)

CONTENT: dict[str, Any] = {
    "kind": "NEW_SUPPLIER",
    "supplier_code": "ORCHARD",
    "mechanism_id": "IM1-BULK-ORCHARD",
    "title": "Take Orchard into scope",
    "cycle_id": "2025",
    "requesting_icbs": ["QMJ"],
    "practices_affected": ["G83001"],
    "clinical_case": "told",
    "operational_case": "told",
    "benefits": "told",
    "ig_implications": "told",
    "cost": "told",
    "funding_source": "told",
    "forecast": [["2025-12-31", 1]],
}
CASE = dict.fromkeys(CASE_FIELDS, "written")

ORCHARD = (
    World()
    .add("icb.csv", icb_code="QKK", icb_name="South East", valid_from="2022-07-01")
    .add("icb.csv", icb_code="QNEW", icb_name="South", valid_from="2025-07-01")
    .add(
        "supplier.csv",
        supplier_code="ORCHARD",
        supplier_name="Orchard",
        mechanism_id="IM1-BULK-ORCHARD",
        extract_id="LDS-PRIMARY-CARE",
    )
    .add(
        "practice_system.csv",
        practice_code="G83001",
        supplier_code="ORCHARD",
        supplier_org_id="o1",
        go_live_on="2025-05-01",
    )
)
CYCLE = {
    "cycle_id": "2025",
    "label": "Plan 2025",
    "opens_on": "2025-01-01",
    "submission_deadline": "2025-06-30",
    "starts_on": "2026-04-01",
    "ends_on": "2027-04-01",
    "state": "OPEN",
}
CLAIM = {
    "claim_id": "CAP-O",
    "supplier_code": "ORCHARD",
    "mechanism_id": "IM1-BULK-ORCHARD",
    "claim": "BULK",
    "readiness": "PRODUCTION_READY",
    "evidence_ref": "TEST:1",
    "evidence_date": "2025-06-01",
    "stated_by": "assurance",
}

_EMIS_CLAIM = World().rows["supplier_capability.csv"][0]


def world(**others: list[dict[str, str]]) -> World:
    rows = {**ORCHARD.rows, "plan_cycle.csv": [CYCLE], **others}
    return World(rows)


def desk(
    tmp_path: Path, of: World | None = None, today: date = DAY, database: str = ""
) -> VariationDesk:
    url = database or f"sqlite:///{tmp_path / 'platform.db'}"
    register = Register(connect(url), SEEDS, lambda: NOW)
    register.import_folder((of or world()).write(tmp_path / "files"))
    return VariationDesk(register, today)


def register_of(opened: VariationDesk) -> Register:
    return opened._register


def partner(code: str, for_whom: str = "") -> Signature:
    return Signature(f"approver of {code}", "PARTNER_APPROVER", on_behalf_of=for_whom)


def approve(opened: VariationDesk, round_: Round, *parties: str) -> State | None:
    state = None
    for party in parties:
        by = SECRETARY if party == BOARD else partner(party)
        state = opened.decide("V-1", round_, party, Choice.APPROVE, by)
    return state


def to_case(opened: VariationDesk) -> VariationDesk:
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    assert approve(opened, Round.REQUEST, "QMJ", "QKK", BOARD) is State.REQUEST_APPROVED
    opened.move("V-1", State.SCOPING, LEAD, {"team": "platform", "resource_ref": "R-1"})
    opened.move("V-1", State.SCOPED, LEAD, dict.fromkeys(SCOPING_FIELDS, "found"))
    opened.business_case("V-1", CASE, OWNER)
    return opened


def to_assurance(opened: VariationDesk) -> VariationDesk:
    to_case(opened)
    assert approve(opened, Round.BUSINESS_CASE, BOARD) is State.BOARD_APPROVED
    assert approve(opened, Round.BUSINESS_CASE, "QMJ", "QKK") is State.APPROVED_TO_BUILD
    opened.move("V-1", State.BUILD, DELIVERY, {"plan": "P", "budget_code": "B"})
    opened.move("V-1", State.ASSURANCE, DELIVERY, dict.fromkeys(ASSURANCE_FIELDS, "shown"))
    return opened


def supplier_reasons(opened: VariationDesk, day: date = DAY) -> tuple[str, ...]:
    register = register_of(opened)
    question = Question("LAND", "G83001", "ORCHARD", "IM1-BULK-ORCHARD", "LDS-PRIMARY-CARE", day)
    return tuple(code for code in register.ask(question).reasons if code.startswith("V_"))


def test_a_supplier_lands_from_the_day_its_variation_is_live(tmp_path: Path, database: str) -> None:
    proven = world(**{"supplier_capability.csv": [CLAIM]})
    opened = to_assurance(desk(tmp_path, proven, database=database))
    assert supplier_reasons(opened) == ("V_NOT_LIVE",)
    opened.move("V-1", State.LIVE, SAFE)
    assert supplier_reasons(opened) == ()
    assert supplier_reasons(opened, date(2025, 6, 15)) == ("V_NOT_LIVE",)
    opened.move("V-1", State.SUSPENDED, Signature("officer", "IG_OFFICER", reason="incident"))
    assert supplier_reasons(opened) == ("V_NOT_LIVE",)


def test_a_request_approved_alone_opens_nothing_and_shuts_nobody_out(tmp_path: Path) -> None:
    opened = desk(tmp_path, world(**{"supplier_capability.csv": [_EMIS_CLAIM, CLAIM]}))
    others = register_of(opened).admitted("EMIS", DAY)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    stands = approve(opened, Round.REQUEST, "QMJ", "QKK", BOARD)
    assert stands is State.REQUEST_APPROVED
    assert supplier_reasons(opened) == ("V_NOT_LIVE",)
    assert register_of(opened).decide_supplier("ORCHARD", DAY).reasons == ("V_NOT_LIVE",)
    assert register_of(opened).admitted("EMIS", DAY) == others == ["E83003"]


def test_one_person_does_not_put_it_live_twice_over(tmp_path: Path) -> None:
    opened = to_assurance(desk(tmp_path, world(**{"supplier_capability.csv": [CLAIM]})))
    events, stood = register_of(opened).events(), opened.variation("V-1")
    with pytest.raises(Refused, match="S5-23"):
        opened.move("V-1", State.LIVE, replace(SAFE, second=" Officer "))
    (refusal,) = register_of(opened).events()[len(events) :]
    assert (refusal.event_type, refusal.reason_code) == ("refused", "S5-23")
    assert (opened.variation("V-1"), stood.state) == (stood, State.ASSURANCE)
    assert supplier_reasons(opened) == ("V_NOT_LIVE",)


def test_without_a_proven_capability_nothing_goes_live(tmp_path: Path) -> None:
    opened = to_assurance(desk(tmp_path))
    with pytest.raises(Refused, match="S5-19 not given: capability"):
        opened.move("V-1", State.LIVE, SAFE)
    assert opened.variation("V-1").state is State.ASSURANCE


def test_an_expired_capability_proves_nothing(tmp_path: Path) -> None:
    expired = {**CLAIM, "expires_on": "2025-06-16"}
    opened = to_assurance(desk(tmp_path, world(**{"supplier_capability.csv": [expired]})))
    with pytest.raises(Refused, match="capability"):
        opened.move("V-1", State.LIVE, SAFE)


def test_partners_are_the_boards_of_the_day_the_round_opened(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    assert opened.variation("V-1").partners == {"QMJ", "QKK"}


def test_a_partner_that_merges_away_is_spoken_for_by_its_successor(tmp_path: Path) -> None:
    """Fixture 10: the successor affirms; what the partner itself approved does not count."""
    rows = [dict(row) for row in world().rows["icb.csv"]]
    for row in rows:
        if row["icb_code"] == "QKK":
            row |= {"valid_to": "2025-07-01", "successor_code": "QNEW"}
    opened = desk(tmp_path, world(**{"icb.csv": rows}))
    to_case(opened)
    approve(opened, Round.BUSINESS_CASE, BOARD, "QKK")
    later = VariationDesk(register_of(opened), date(2025, 7, 2))
    assert approve(later, Round.BUSINESS_CASE, "QMJ") is State.BOARD_APPROVED
    stands = later.decide(
        "V-1", Round.BUSINESS_CASE, "QNEW", Choice.APPROVE, partner("QNEW", "QKK")
    )
    assert stands is State.APPROVED_TO_BUILD


def test_a_draft_after_the_deadline_is_deferred_and_filed_again(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    late = VariationDesk(register_of(opened), date(2025, 7, 1))
    with pytest.raises(Refused, match="S5-28 the deadline of 2025 was 2025-06-30"):
        late.submit("V-1", SPONSOR)
    _is_on_record(late, "S5-28", State.SUBMITTED)
    assert late.variation("V-1").state is State.DEFERRED
    late.draft("V-1", {**CONTENT, "cycle_id": "2026"}, SPONSOR)
    assert (late.variation("V-1").state, late.variation("V-1").revision) == (State.DRAFT, 2)


def test_a_cycle_that_is_not_open_takes_nothing(tmp_path: Path) -> None:
    opened = desk(tmp_path, world(**{"plan_cycle.csv": [{**CYCLE, "state": "CLOSED"}]}))
    opened.draft("V-1", CONTENT, SPONSOR)
    with pytest.raises(Refused, match="cycle_open"):
        opened.submit("V-1", SPONSOR)


@pytest.mark.parametrize("practice", ["E83003", "Z99999"])
def test_practices_of_another_system_or_unknown_are_named(tmp_path: Path, practice: str) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", {**CONTENT, "practices_affected": ["G83001", practice]}, SPONSOR)
    with pytest.raises(Refused, match=f"S5-26 not practices on ORCHARD's system: {practice}"):
        opened.submit("V-1", SPONSOR)
    _is_on_record(opened, "S5-26", State.SUBMITTED)


def test_a_board_that_is_not_in_being_requests_nothing(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    with pytest.raises(Refused, match="S5-27"):
        opened.draft("V-1", {**CONTENT, "requesting_icbs": ["QNEW"]}, SPONSOR)
    _is_on_record(opened, "S5-27", State.DRAFT)
    assert opened.variation("V-1").state is None


def _is_on_record(opened: VariationDesk, rule: str, asked_for: State) -> None:
    """The newest event is the refusal of a sponsor's step."""
    last = register_of(opened).events()[-1]
    assert (last.entity_type, last.event_type) == ("register", "refused")
    assert (last.entity_id, last.actor, last.reason_code) == ("variation/V-1", "sponsor", rule)
    assert last.payload["to_state"] == asked_for


def test_a_decision_is_bound_to_the_content_of_its_day(tmp_path: Path) -> None:
    opened = to_case(desk(tmp_path))
    content = {**CONTENT, "case": CASE}
    assert opened.variation("V-1").content_sha256 == content_sha256(content)
    approve(opened, Round.BUSINESS_CASE, BOARD, "QMJ")
    opened.revise("V-1", {**content, "cost": "twice"}, OWNER)
    assert approve(opened, Round.BUSINESS_CASE, "QKK") is State.BOARD_APPROVED
    assert opened.variation("V-1").missing(Round.BUSINESS_CASE, {}) == (BOARD, "QMJ")


def test_the_refusal_is_on_the_record_and_nothing_else(tmp_path: Path, database: str) -> None:
    opened = desk(tmp_path, database=database)
    opened.draft("V-1", CONTENT, SPONSOR)
    before = len(register_of(opened).events())
    with pytest.raises(Refused, match="S5-17"):
        opened.submit("V-1", Signature("somebody", "AUDITOR"))
    events = register_of(opened).events()
    assert [each.event_type for each in events[before:]] == ["refused"]
    assert opened.variation("V-1").state is State.DRAFT


def _submitted(tmp_path: Path) -> VariationDesk:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.submit("V-1", SPONSOR)
    return opened


@pytest.mark.parametrize("party", [BOARD, "QKK"])
def test_one_partys_no_to_a_request_ends_it_with_its_reason(tmp_path: Path, party: str) -> None:
    opened = _submitted(tmp_path)
    approve(opened, Round.REQUEST, "QMJ")
    by = replace(SECRETARY if party == BOARD else partner(party), reason="cost")
    stands = opened.decide("V-1", Round.REQUEST, party, Choice.REJECT, by)
    assert stands is State.REJECTED
    last = register_of(opened).events()[-1]
    assert (last.actor, last.reason_text) == (by.actor, "cost")
    with pytest.raises(Refused, match="S5-6"):
        approve(opened, Round.REQUEST, "QKK")


def test_a_no_without_its_reason_is_refused_and_counts_for_nothing(tmp_path: Path) -> None:
    opened = _submitted(tmp_path)
    before = opened.variation("V-1")
    with pytest.raises(Refused, match="S5-32"):
        opened.decide("V-1", Round.REQUEST, "QKK", Choice.REJECT, partner("QKK"))
    assert opened.variation("V-1") == before


def test_a_no_to_the_business_case_leaves_it_where_it_stands(tmp_path: Path) -> None:
    opened = to_case(desk(tmp_path))
    by = replace(partner("QKK"), reason="cost")
    stands = opened.decide("V-1", Round.BUSINESS_CASE, "QKK", Choice.REJECT, by)
    assert stands is State.CASE_SUBMITTED
    assert opened.variation("V-1").missing(Round.BUSINESS_CASE, {}) == (BOARD, "QKK", "QMJ")


def _moved_by_rule(opened: VariationDesk, day: date) -> int:
    return apply_system_moves(register_of(opened), day)


def test_the_day_after_the_deadline_defers_a_draft_once_and_nothing_else(tmp_path: Path) -> None:
    opened = desk(tmp_path)
    opened.draft("V-1", CONTENT, SPONSOR)
    opened.draft("V-2", CONTENT, SPONSOR)
    opened.submit("V-2", SPONSOR)
    assert _moved_by_rule(opened, date(2025, 6, 30)) == 0
    assert _moved_by_rule(opened, date(2025, 7, 1)) == 1
    assert _moved_by_rule(opened, date(2025, 7, 1)) == 0
    stand = [opened.variation(name).state for name in ("V-1", "V-2")]
    assert stand == [State.DEFERRED, State.SUBMITTED]
    late = VariationDesk(register_of(opened), date(2025, 7, 2))
    with pytest.raises(Refused, match="S5-28 the deadline of 2025 was 2025-06-30") as refused:
        late.submit("V-1", SPONSOR)
    assert "lds variation draft" in refused.value.to_do
    # what was submitted in time is no draft: that it cannot be submitted twice is the matter
    with pytest.raises(Refused, match="S5-16"):
        late.submit("V-2", SPONSOR)


def test_what_is_blocked_for_twelve_months_lapses(tmp_path: Path) -> None:
    opened = _submitted(tmp_path)
    approve(opened, Round.REQUEST, "QMJ", "QKK", BOARD)
    opened.move("V-1", State.SCOPING, LEAD, {"team": "platform", "resource_ref": "R-1"})
    opened.move("V-1", State.BLOCKED, replace(LEAD, reason="x"), {"recheck_on": "2025-12-01"})
    assert _moved_by_rule(opened, date(2026, 6, 15)) == 0
    assert _moved_by_rule(opened, date(2026, 6, 16)) == 1
    assert opened.variation("V-1").state is State.LAPSED
    last = register_of(opened).events()[-1]
    assert (last.actor_role, last.reason_text) == ("SYSTEM", "blocked for 12 months")


def test_a_day_before_the_last_move_moves_nothing_by_rule(tmp_path: Path) -> None:
    late = desk(tmp_path, today=date(2025, 7, 3))
    late.draft("V-1", CONTENT, SPONSOR)
    assert _moved_by_rule(late, date(2025, 7, 2)) == 0
    assert _moved_by_rule(late, date(2025, 7, 3)) == 1
