"""Where practices stand by facts at hand, and what people tell of them at the desk."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from lds_assets.errors import Refused
from lds_assets.gate.chain import gov_event
from lds_assets.gate.events import NewEvent, chained, day_start
from lds_assets.gate.onboarding import Step
from lds_assets.guards import reconcile
from lds_assets.guards.onboarding import Course, Onboardings, meanings
from lds_assets.guards.onboarding_desk import OnboardingDesk, Word
from lds_assets.guards.reconcile import is_due
from lds_assets.landing.states import PracticeRecord
from lds_assets.platform import Platform
from lds_assets.resources import REPOSITORY
from tests.unit.gate.world import DAY, reconciled
from tests.unit.guards.test_reconcile import BULK, GOOD, LISTED, _reconcile
from tests.unit.guards.test_reconcile import _platform as with_bulk
from tests.unit.why.world import PRACTICE, platform_of, release

CONSENT = "practice_consent.csv"
ASKED = LISTED.change(CONSENT, state="REQUESTED", granted_on="", effective_from="")
QUIET = LISTED.change(CONSENT, supplier_side_state="ABSENT")
LIAISON = Word("Ann", "PRACTICE_LIAISON", "as agreed", "DMS:1")


def _course(platform: Platform, practice: str = PRACTICE) -> Course:
    return Onboardings(platform).course(practice)


def _next(course: Course) -> tuple[str, str]:
    return course.reason, course.owner_role


def test_a_practice_nobody_asked_is_a_prospect_since_it_could_be(
    tmp_path: Path, database: str
) -> None:
    found = _course(platform_of(tmp_path, LISTED.drop(CONSENT), database=database))
    # open since 1974, on the system since 2015, the supplier in scope since 2020
    assert (found.standing.state, found.standing.since) == (Step.PROSPECT, date(2020, 1, 1))
    assert _next(found) == ("C_NONE", "PRACTICE_LIAISON")


def test_a_consent_asked_for_counts_as_the_invitation(tmp_path: Path, database: str) -> None:
    found = _course(platform_of(tmp_path, ASKED, database=database))
    assert (found.standing.state, found.standing.since) == (Step.INVITED, date(2025, 1, 2))
    assert _next(found) == ("C_REQUESTED", "PRACTICE_LIAISON")


def test_a_consent_without_a_feed_asks_for_the_feed(tmp_path: Path, database: str) -> None:
    found = _course(platform_of(tmp_path, QUIET, database=database))
    assert (found.standing.state, found.standing.since) == (
        Step.CONSENT_GRANTED,
        date(2025, 1, 10),
    )
    assert _next(found) == ("CONSENT_GRANTED", "PRACTICE_LIAISON")
    assert "request-feed" in found.next_action


def test_what_else_the_gate_misses_comes_before_the_step(tmp_path: Path, database: str) -> None:
    found = _course(platform_of(tmp_path, QUIET.drop("agreement_party.csv", 0), database=database))
    assert _next(found) == ("A_NOT_PARTY", "PRACTICE_LIAISON")


def test_a_feed_the_supplier_shows_counts_from_the_first_day_of_the_spell(
    tmp_path: Path, database: str
) -> None:
    platform = platform_of(tmp_path, QUIET, database=database)
    for shown, day in (("ACTIVE", 1), ("DISABLED", 2), ("ACTIVE", 5), ("ACTIVE", 9)):
        platform.register.observe_supplier_sides(
            {PRACTICE: shown}, "EMIS", date(2025, 6, day), "emis/g/1"
        )
    found = _course(platform)
    assert (found.standing.state, found.standing.since) == (
        Step.FEED_ACTIVATED,
        date(2025, 6, 5),
    )
    assert _next(found) == ("FEED_ACTIVATED", "DELIVERY_LEAD")
    platform.register.observe_supplier_sides({PRACTICE: "DISABLED"}, "EMIS", DAY, "emis/g/2")
    assert _course(platform).standing.state is Step.CONSENT_GRANTED


def test_what_came_before_the_consent_waits_to_be_loaded(tmp_path: Path, database: str) -> None:
    platform = with_bulk(tmp_path, database=database)
    platform.ledger.record_practices(BULK, [PracticeRecord(BULK, PRACTICE, "DENIED", "C_NONE")])
    found = _course(platform)
    assert (found.standing.state, found.owner_role) == (Step.FEED_ACTIVATED, "OPS")
    assert found.next_action.startswith("Run the load")


def test_bulk_reconciliation_backfill_and_release_follow_from_what_was_done(
    tmp_path: Path,
    database: str,
) -> None:
    platform = with_bulk(tmp_path, database=database)
    found = _course(platform)
    # the extract of 00:05 UTC is of that London day
    assert (found.standing.state, found.standing.since) == (
        Step.BULK_RECEIVED,
        date(2025, 6, 15),
    )
    assert found.standing.reached[-1].evidence == BULK

    platform.register.record([reconciled(DAY)])
    assert _course(platform).standing.state is Step.RECONCILED
    assert _next(_course(platform)) == ("RECONCILED", "OPS")

    bulk = platform.ledger.delivery(BULK)
    assert bulk is not None
    delta = BULK.replace("15T", "16T").replace("bulk", "delta")
    platform.ledger.record(
        type(bulk)(**{**vars(bulk), "delivery_id": delta, "kind": "delta", "load_sequence": None})
    )
    platform.ledger.record_practices(delta, [PracticeRecord(delta, PRACTICE, "PENDING")])
    found = _course(platform)
    assert (found.standing.state, found.standing.owed) == (Step.BACKFILLING, 1)

    release(platform, 1, DAY, [PRACTICE])
    found = _course(platform)
    assert (found.standing.state, found.standing.since) == (Step.LIVE, DAY)
    assert (found.next_action, found.owner_role) == ("", "")
    release(platform, 2, DAY, ["G83001"])
    found = _course(platform)
    assert (found.standing.state, found.standing.is_released) == (Step.LIVE, False)


def test_a_release_before_the_reconciliation_is_of_an_earlier_course(
    tmp_path: Path, database: str
) -> None:
    platform = with_bulk(tmp_path, database=database)
    release(platform, 1, date(2025, 6, 15), [PRACTICE])
    assert _course(platform).standing.state is Step.BULK_RECEIVED
    release(platform, 2, date(2025, 6, 15), ["G83001"])
    platform.register.record([reconciled(DAY)])
    assert _course(platform).standing.state is Step.RECONCILED


def test_what_was_measured_ends_with_its_course(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "count_records", lambda *_: {PRACTICE: GOOD})
    platform = with_bulk(tmp_path, database=database)
    _reconcile(platform)
    assert _course(platform).measured is not None
    purged = NewEvent(
        *("practice", PRACTICE, "purge_opened", day_start(DAY), "Officer", "IG_OFFICER"),
        reason_code="NOTICE",
        reason_text="the practice withdrew",
    )
    with platform.engine.begin() as connection:
        head = platform.register.events()[-1]
        event = chained(purged, head.seq + 1, head.this_hash, datetime(2025, 6, 16, tzinfo=UTC))
        connection.execute(insert(gov_event), [asdict(event)])
    platform.register.refresh()
    assert _course(platform).measured is None


def test_everybody_on_a_system_has_a_course_and_only_the_asked_are_listed(
    tmp_path: Path,
    database: str,
) -> None:
    found = Onboardings(platform_of(tmp_path, LISTED, database=database))
    assert [each.practice_code for each in found.everyone()] == ["E83003", "G83001"]
    assert [each.practice_code for each in found.asked()] == ["E83003"]


def test_a_practice_that_is_not_in_the_register_has_none(tmp_path: Path, database: str) -> None:
    with pytest.raises(Refused) as refused:
        _course(platform_of(tmp_path, LISTED, database=database), "E99999")
    assert refused.value.code == "P_UNKNOWN"


def test_every_state_has_a_meaning_and_every_next_action_an_owner() -> None:
    found = meanings(REPOSITORY / "seeds")
    assert list(found) == list(Step)
    # who clears a stall is named by its event
    assert {step for step, each in found.items() if not each.owner_role} == {Step.STALLED}
    assert {step for step, each in found.items() if not each.next_action} == {Step.LIVE}


# -- the desk


def test_what_is_told_is_recorded_with_where_the_practice_stood(
    tmp_path: Path, database: str
) -> None:
    platform = platform_of(tmp_path, LISTED.drop(CONSENT), database=database)
    desk = OnboardingDesk(platform)
    (found,) = desk.tell("invited", ["g83001 "], LIAISON)
    assert (found.practice_code, found.standing.state) == ("G83001", Step.INVITED)
    last = platform.register.events()[-1]
    assert (last.from_state, last.to_state, last.actor_role) == (
        "PROSPECT",
        "INVITED",
        "PRACTICE_LIAISON",
    )
    (found,) = desk.tell(
        "stalled",
        ["G83001"],
        Word("Ann", "PRACTICE_LIAISON", "no answer", payload={"owner_role": "ICB_SPONSOR"}),
    )
    assert (found.standing.state, found.owner_role) == (Step.STALLED, "ICB_SPONSOR")
    assert found.next_action.startswith("no answer. ")
    (found,) = desk.tell("declined", ["G83001"], LIAISON)
    assert found.standing.state is Step.DECLINED
    (found,) = desk.tell("invited", ["G83001"], LIAISON)
    assert (found.standing.state, found.standing.stall) == (Step.INVITED, None)


def test_several_practices_are_told_of_together_or_not_at_all(
    tmp_path: Path, database: str
) -> None:
    platform = platform_of(tmp_path, LISTED.drop(CONSENT), database=database)
    desk = OnboardingDesk(platform)
    desk.tell("invited", ["G83001"], LIAISON)
    with pytest.raises(Refused) as refused:
        desk.tell("invited", [PRACTICE, "G83001"], LIAISON)
    assert refused.value.code == "S14-2"
    assert _course(platform).standing.state is Step.PROSPECT
    assert platform.register.events()[-1].event_type == "refused"


def test_a_practice_of_a_supplier_out_of_scope_is_not_invited(
    tmp_path: Path, database: str
) -> None:
    world = LISTED.drop(CONSENT).change("supplier_scope.csv", scope="EXCLUDED")
    with pytest.raises(Refused, match="V_EXCLUDED"):
        OnboardingDesk(platform_of(tmp_path, world, database=database)).tell(
            "invited", [PRACTICE], LIAISON
        )


def test_a_consent_that_was_given_is_not_declined(tmp_path: Path, database: str) -> None:
    with pytest.raises(Refused, match="S14-2"):
        OnboardingDesk(platform_of(tmp_path, LISTED, database=database)).tell(
            "declined", [PRACTICE], LIAISON
        )


def test_the_day_it_took_place_counts_and_no_day_to_come(tmp_path: Path, database: str) -> None:
    desk = OnboardingDesk(platform_of(tmp_path, LISTED.drop(CONSENT), database=database))
    earlier = Word("Ann", "PRACTICE_LIAISON", on=date(2025, 6, 2))
    (found,) = desk.tell("invited", [PRACTICE], earlier)
    assert (found.standing.since, found.standing.days) == (date(2025, 6, 2), 14)
    with pytest.raises(Refused, match="S14-12"):
        desk.tell(
            "declined", [PRACTICE], Word("Ann", "PRACTICE_LIAISON", "no", on=date(2025, 6, 17))
        )


def test_two_persons_accept_a_measure_that_holds_and_no_other(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        reconcile, "count_records", lambda *_: {PRACTICE: replace(GOOD, orphans=51)}
    )
    platform = with_bulk(tmp_path, database=database)
    _reconcile(platform)
    assert _next(_course(platform)) == ("D_ORPHANS", "DELIVERY_LEAD")
    desk = OnboardingDesk(platform)
    two = Word(
        "Ann",
        "DELIVERY_LEAD",
        "the practice merged",
        payload={"measure": "orphan_share", "second": "Bert", "second_role": "IG_OFFICER"},
    )
    for other in ("registered_share", "mapped_share", "nonsense"):
        with pytest.raises(Refused, match="S14-13"):
            desk.accept(PRACTICE, other, two)
    alone = Word("Ann", "DELIVERY_LEAD", "x", payload={**two.payload, "second": "ANN"})
    with pytest.raises(Refused, match="S0-7"):
        desk.accept(PRACTICE, "orphan_share", alone)
    desk.accept(PRACTICE, "orphan_share", two)
    assert is_due(platform, [PRACTICE])
    (found,) = _reconcile(platform, "next")
    assert found.text.endswith("accepted by Ann and Bert: the practice merged")
    assert _course(platform).standing.state is Step.RECONCILED
