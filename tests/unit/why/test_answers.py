"""Where a practice stands, and the one link that says why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from lds_assets.freshness.answer import words
from lds_assets.gate.facts import Move
from lds_assets.guards import holds
from lds_assets.landing.advice import ADVICE
from lds_assets.landing.states import PracticeRecord, State
from lds_assets.platform import Platform
from lds_assets.why.answers import Answer, Why
from lds_assets.why.verdict import Verdict
from tests.unit.gate.moving import TPP_CONSENT, moving
from tests.unit.gate.test_policy import ALLOWED, TAKEN_AWAY, WISH, _event
from tests.unit.gate.world import BOOK, DAY, World, live_variation, reconciled
from tests.unit.why.world import PRACTICE, count, deliver, platform_of, release, sent

LISTED = ALLOWED.add(
    "list_size.csv", practice_code=PRACTICE, as_at="2025-05-01", registered_count="1000", source="T"
).then(reconciled(date(2025, 6, 10)))
NIGHT = datetime(2025, 6, 16, 0, 5)
ROWS = {"LANDED": 10, "KEPT": 9, "BAD_DATE": 1}


def _answer(platform: Platform, practice: str = PRACTICE) -> Answer:
    # the fake feed of the tests is the register's EMIS
    return Why(platform).answer(practice, "EMIS")


def _amiss(answer: Answer) -> list[tuple[str, ...]]:
    return [link.reasons for link in answer.links if not link.holds]


@pytest.mark.parametrize(("world", "reasons"), TAKEN_AWAY)
def test_each_reason_is_named_alone_with_its_owner(
    tmp_path: Path, world: World, reasons: tuple[str, ...]
) -> None:
    answer = _answer(platform_of(tmp_path, world))
    assert (answer.reason, answer.owner_role) == (reasons[0], BOOK.reasons[reasons[0]].owner_role)
    assert answer.next_action == BOOK.reasons[reasons[0]].next_action
    assert _amiss(answer) == [reasons]


def test_every_reason_of_the_book_is_taken_away_or_told_of_here() -> None:
    told = {reason for _, reasons in TAKEN_AWAY for reason in reasons}
    here = {
        *("P_MALFORMED", "P_NOT_PRACTICE", "P_BRANCH", "V_CAPABILITY_EXPIRED", "S_GUID_MISMATCH"),
        *("D_POPULATION", "D_BASELINE_MISSING", "D_NOT_RECONCILED", "D_MIGRATING"),
        *("O_HOLD", "O_REGISTER_BROKEN"),
    }
    assert told | here == BOOK.reasons.keys()


@pytest.mark.parametrize(
    ("code", "reason", "owner"),
    [
        ("e83 003", "P_MALFORMED", "OPS"),
        ("\u0415" + "83003", "P_MALFORMED", "OPS"),
        ("G83001001", "P_BRANCH", "OPS"),
        ("G83001002", "P_UNKNOWN", "PRACTICE_LIAISON"),
        ("RYXZ1", "P_NOT_PRACTICE", "OPS"),
    ],
)
def test_a_code_that_is_no_practice_was_never_here(
    tmp_path: Path, code: str, reason: str, owner: str
) -> None:
    branch = {"branch_code": "G83001001", "practice_code": "G83001", "valid_from": "2020-01-01"}
    answer = _answer(platform_of(tmp_path, ALLOWED.add("branch.csv", **branch)), code)
    assert (answer.verdict, answer.reason, answer.owner_role) == (Verdict.NEVER, reason, owner)


def test_a_capability_whose_evidence_expired_is_named(tmp_path: Path) -> None:
    varied = ALLOWED.change("supplier_scope.csv", basis="VARIATION", basis_ref="V-1").change(
        "supplier_capability.csv", expires_on="2025-06-16"
    )
    platform = platform_of(tmp_path, varied)
    since = date(2025, 1, 1)
    platform.register.state().variations["V-1"] = live_variation("V-1", "EMIS", since)
    answer = _answer(platform)
    assert (answer.reason, answer.owner_role) == ("V_CAPABILITY_EXPIRED", "TECH_LEAD")
    assert _amiss(answer) == [("V_CAPABILITY_EXPIRED",)]


def test_a_broken_register_is_all_that_is_told(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, ALLOWED, tampered=3)
    answer = _answer(platform)
    assert (answer.reason, answer.owner_role) == ("O_REGISTER_BROKEN", "AUDITOR")
    assert _amiss(answer) == [("O_REGISTER_BROKEN",)]


def test_a_delivery_under_a_foreign_id_is_named_while_the_gate_is_open(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, ALLOWED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "DENIED"}, refusal="S_GUID_MISMATCH")
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.ABSENT, "S_GUID_MISMATCH")
    assert answer.owner_role == BOOK.reasons["S_GUID_MISMATCH"].owner_role


def test_a_practice_of_which_nothing_ever_came_is_absent(tmp_path: Path) -> None:
    answer = _answer(platform_of(tmp_path, ALLOWED))
    assert (answer.verdict, answer.reason, answer.owner_role) == (
        Verdict.ABSENT,
        "NEVER_SENT",
        "OPS",
    )


def test_a_practice_without_any_consent_was_never_here(tmp_path: Path) -> None:
    answer = _answer(platform_of(tmp_path, ALLOWED.drop(WISH)))
    assert (answer.verdict, answer.reason) == (Verdict.NEVER, "C_NONE")


def test_a_consent_that_begins_tomorrow_has_never_been_in_force(tmp_path: Path) -> None:
    world = ALLOWED.change(WISH, effective_from="2025-06-17")
    assert _answer(platform_of(tmp_path / "a", world)).verdict is Verdict.NEVER
    told = _answer(platform_of(tmp_path / "b", world, date(2025, 6, 17)))
    # its first extract has a while to come
    assert (told.verdict, told.reason) == (Verdict.ABSENT, "NOT_DUE_YET")


def test_a_released_practice_with_nothing_amiss_is_present(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    newest = deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, 1000)
    identity = release(platform, 1, date(2025, 6, 14), [PRACTICE])
    release(platform, 2, DAY, [PRACTICE, "G83001"])
    answer = _answer(platform)
    assert (answer.verdict, answer.reason, answer.owner_role) == (Verdict.PRESENT, "", "")
    assert (answer.release_id, answer.shown_since) == ("r000002-00000000", date(2025, 6, 14))
    assert identity == "r000001-00000000"
    assert answer.newest is not None
    assert (answer.newest.delivery_id, answer.newest.landed, answer.newest.kept) == (newest, 10, 9)
    assert answer.newest.faulty == 1
    assert answer.list_size == 1000


def test_a_practice_loaded_and_not_reconciled_is_held(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, replace(LISTED, extra=()))
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, 1000)
    answer = _answer(platform)
    assert (answer.verdict, answer.reason, answer.owner_role) == (
        Verdict.HELD,
        "D_NOT_RECONCILED",
        "DELIVERY_LEAD",
    )


@pytest.mark.parametrize(
    ("registered", "reason"), [(901, ""), (899, "D_POPULATION"), (1101, "D_POPULATION")]
)
def test_an_implausible_population_holds_what_is_loaded(
    tmp_path: Path, registered: int, reason: str
) -> None:
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, registered)
    answer = _answer(platform)
    # without a release the plausible practice waits for one
    assert (answer.verdict, answer.reason) == (Verdict.HELD, reason or "NOT_RELEASED")
    assert answer.owner_role == "OPS"


def test_no_list_size_to_compare_with_holds(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, ALLOWED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, 1000)
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.HELD, "D_BASELINE_MISSING")
    assert _amiss(answer) == [("D_BASELINE_MISSING",)]


def test_a_hold_by_operations_is_named(tmp_path: Path) -> None:
    answer = _answer(platform_of(tmp_path, LISTED.then(_event("hold_placed", DAY))))
    assert (answer.verdict, answer.reason, answer.owner_role) == (Verdict.HELD, "O_HOLD", "OPS")


def test_rows_held_for_two_persons_leave_a_released_practice_partial(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    held = deliver(platform, NIGHT.replace(hour=6), outcomes={PRACTICE: "HELD"}, rows=ROWS)
    holds.place(platform.register, PRACTICE, held, holds.DELETE_STORM, "60 of 100 deleted")
    count(platform, 1000)
    release(platform, 1, DAY, [PRACTICE])
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.PARTIAL, "DELETE_STORM")
    assert (answer.owner_role, answer.next_action) == (holds.OWNER, holds.TO_DO)


@pytest.mark.parametrize("reason", ["S_GUID_MISMATCH", "BULK_MISSING"])
def test_rows_that_nobody_has_to_decide_on_are_held_and_not_missing(
    tmp_path: Path, reason: str
) -> None:
    platform = platform_of(tmp_path, LISTED)
    first = deliver(platform, NIGHT, outcomes={PRACTICE: "HELD"}, refusal=reason, rows=ROWS)
    later = NIGHT.replace(hour=6)
    deliver(platform, later, outcomes={PRACTICE: "HELD"}, refusal="HELD_BEFORE", rows=ROWS)
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.HELD, reason)
    assert (answer.owner_role, answer.next_action) == ("OPS", ADVICE[reason].next_action)
    waits = next(link for link in answer.links if link.reasons == (reason,))
    assert (waits.state, waits.evidence) == ("its rows in 2 deliveries HELD", first)
    # of another practice of the file nothing is held
    assert _answer(platform, "G83001").reason == "C_NONE"


def test_rows_that_two_persons_let_on_wait_for_the_next_run(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    held = deliver(platform, NIGHT, outcomes={PRACTICE: "HELD"}, refusal="DELETE_STORM", rows=ROWS)
    holds.place(platform.register, PRACTICE, held, holds.DELETE_STORM, "60 of 100 deleted")
    assert _answer(platform).reason == "DELETE_STORM"
    persons = holds.Persons("Ann", "Bert")
    holds.release(platform.register, PRACTICE, held, holds.Choice.ACCEPTED, persons, "a merger")
    assert _answer(platform).reason == "NOT_LOADED_YET"


def test_a_held_delivery_of_its_group_is_named_with_what_to_do(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    waiting = NIGHT.replace(hour=6)
    deliver(platform, waiting, State.HELD, reason="DATE_GAP", to_do="ask for the window")
    count(platform, 1000)
    release(platform, 1, DAY, [PRACTICE])
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.PARTIAL, "DATE_GAP")
    assert answer.next_action == "ask for the window"
    # of a practice never met in the group nothing waits
    assert _amiss(_answer(platform, "G83001")) == [("C_NONE",)]


def test_a_practice_refused_since_the_release_is_partial_until_the_next(tmp_path: Path) -> None:
    gone = LISTED.change(WISH, state="WITHDRAWN", effective_to="2025-06-16", notice_ref="N-1")
    platform = platform_of(tmp_path, gone)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    release(platform, 1, date(2025, 6, 15), [PRACTICE])
    assert (_answer(platform).verdict, _answer(platform).reason) == (
        Verdict.PARTIAL,
        "C_WITHDRAWN",
    )
    release(platform, 2, DAY, [])
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.ABSENT, "C_WITHDRAWN")
    last = answer.links[-1]
    assert (last.state, last.since, last.answer) == ("no, last on 2025-06-15", last.since, "-")
    assert last.since == date(2025, 6, 15)


def test_an_earlier_day_is_answered_by_what_was_then(tmp_path: Path) -> None:
    gone = LISTED.change(WISH, state="WITHDRAWN", effective_to="2025-06-16", notice_ref="N-1")
    platform = platform_of(tmp_path, gone)
    deliver(platform, datetime(2025, 6, 14, 0, 5), outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    deliver(platform, NIGHT, State.HELD, reason="DATE_GAP")
    release(platform, 1, date(2025, 6, 15), [PRACTICE])
    release(platform, 2, DAY, [])
    told = Why(platform, date(2025, 6, 15)).answer(PRACTICE, "EMIS")
    assert (told.verdict, told.reason, told.release_id) == (
        Verdict.PRESENT,
        "",
        "r000001-00000000",
    )
    before = Why(platform, date(2025, 6, 13)).answer(PRACTICE, "EMIS")
    assert (before.verdict, before.reason, before.release_id) == (
        Verdict.ABSENT,
        "NEVER_SENT",
        "",
    )


def test_what_was_not_known_yet_is_not_of_the_answer(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    before_all = datetime(2025, 1, 19, tzinfo=UTC)
    told = Why(platform, DAY, before_all).answer(PRACTICE, "EMIS")
    assert (told.verdict, told.reason) == (Verdict.NEVER, "P_UNKNOWN")
    # the register's events are of 2025-01-20, the ledger's of the present
    told = Why(platform, DAY, datetime(2025, 1, 21, tzinfo=UTC)).answer(PRACTICE, "EMIS")
    assert (told.verdict, told.reason) == (Verdict.ABSENT, "NEVER_SENT")


def test_of_a_practice_nobody_knows_nothing_is_answered_yes(tmp_path: Path) -> None:
    told = Why(platform_of(tmp_path, LISTED), DAY).answer("E99999", "")
    said = {each.state: each.answer for each in told.links}
    assert said["not in the register"] == "NO"
    assert said["no supplier: no scope stated"] == said["no consent"] == "-"


def test_a_move_that_was_not_compared_holds_what_is_loaded(tmp_path: Path) -> None:
    world = moving().add(
        "list_size.csv",
        practice_code=PRACTICE,
        as_at="2025-05-01",
        registered_count="1000",
        source="T",
    )
    world = world.add(
        "practice_consent.csv",
        **{
            **TPP_CONSENT,
            "requested_on": "2025-01-02",
            "granted_on": "2025-01-10",
            "effective_from": "2025-02-01",
            "state": "VOID_SUPPLIER_CHANGE",
            "state_from": "2025-06-01",
            "void_reason": "moved",
        },
    )
    platform = platform_of(tmp_path, world.then(reconciled(date(2025, 6, 10))))
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, 1000)
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.HELD, "D_MIGRATING")
    assert answer.owner_role == "DELIVERY_LEAD"


def test_a_feed_that_went_silent_leaves_a_released_practice_partial(tmp_path: Path) -> None:
    day = date(2025, 6, 20)
    platform = platform_of(tmp_path, LISTED, day)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    count(platform, 1000, day)
    release(platform, 1, day, [PRACTICE])
    # an extract a night: three are overdue on the fourth day
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.PARTIAL, "MISSING")
    assert answer.owner_role == words()["MISSING"]["owner_role"]
    assert answer.next_action == words()["MISSING"]["next_action"]


def test_a_table_group_without_rows_is_named_before_the_practice_counts_as_whole(
    tmp_path: Path,
) -> None:
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"}, rows=ROWS)
    # five quiet days are allowed for prescribing
    sent(platform, PRACTICE, NIGHT, prescribing=NIGHT - timedelta(days=7))
    count(platform, 1000)
    release(platform, 1, DAY, [PRACTICE])
    answer = _answer(platform)
    assert (answer.verdict, answer.reason) == (Verdict.PARTIAL, "EMPTY_BUT_ON_TIME")
    (link,) = [each for each in answer.links if not each.holds]
    assert link.state.startswith("prescribing: ")


def test_an_outcome_found_anew_does_not_change_what_was_answered_before(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)
    identity = deliver(platform, NIGHT, outcomes={PRACTICE: "DENIED"}, refusal="C_NONE", rows=ROWS)
    then = datetime.now(UTC)
    before = Why(platform, DAY, then).answer(PRACTICE, "EMIS")
    assert before.newest is not None
    assert (before.newest.outcome, before.newest.refusal) == ("DENIED", "C_NONE")
    platform.ledger.record_practices(identity, [PracticeRecord(identity, PRACTICE, "LOADED")])
    again = Why(platform, DAY, then).answer(PRACTICE, "EMIS")
    assert again.links == before.links
    now = Why(platform, DAY).answer(PRACTICE, "EMIS").newest
    assert now is not None
    assert now.outcome == "LOADED"


def test_a_notice_that_was_carried_out_asks_nobody_any_more(tmp_path: Path) -> None:
    gone = LISTED.change(WISH, state="WITHDRAWN", effective_to="2025-06-10", notice_ref="N-1")
    opened = gone.then(_event("purge_opened", date(2025, 6, 11)))
    certified = opened.then(_event("purge_certified", date(2025, 6, 14)))
    told = {
        name: _answer(platform_of(tmp_path / name, world))
        for name, world in {"gone": gone, "opened": opened, "certified": certified}.items()
    }
    assert {name: each.reason for name, each in told.items()} == dict.fromkeys(told, "C_WITHDRAWN")
    asked = BOOK.reasons["C_WITHDRAWN"].next_action
    assert (told["gone"].next_action, told["opened"].next_action) == (asked, asked)
    assert told["certified"].next_action.startswith("Nothing to do")


def test_the_state_of_an_agreement_is_that_of_the_day(tmp_path: Path) -> None:
    known = platform_of(tmp_path, LISTED)
    state = known.register.state()
    signed = state.agreements["DSA", "1"]
    moves = (Move("IN_FORCE", date(2025, 1, 1)), Move("SUSPENDED", date(2025, 6, 16)))
    state.agreements["DSA", "1"] = replace(signed, state="SUSPENDED", states=moves)
    for day, said in ((date(2025, 6, 15), "IN_FORCE"), (DAY, "SUSPENDED")):
        links = Why(known, day).answer(PRACTICE, "EMIS").links
        (link,) = [each for each in links if each.question == "Do the agreements stand?"]
        assert (link.state, link.holds) == (said, said == "IN_FORCE")
