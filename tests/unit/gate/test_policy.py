"""The LAND gate: one world that allows, and everything that closes it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.policy import decide, normalise
from lds_assets.gate.variation import State
from tests.unit.gate.world import (
    BOOK,
    CONSENT,
    DAY,
    PRACTICE,
    World,
    live_variation,
    reconciled,
)

ALLOWED = World()


def _event(event_type: str, on: date, entity_id: str = "E83003") -> NewEvent:
    return NewEvent(
        entity_type="intervention",
        entity_id=entity_id,
        event_type=event_type,
        effective_at=day_start(on),
        actor="ops",
        actor_role="OPS",
        reason_code="X",
        reason_text="because",
    )


def _seen(shown: str, on: date) -> NewEvent:
    row = {"practice_code": "E83003", "supplier_code": "EMIS", "supplier_side_state": shown}
    return replace(
        _event("observed", on, "E83003|EMIS"),
        entity_type="supplier_side",
        payload={"source": "feed", "row": row},
    )


PARTY, SIGN, AGREE = "agreement_party.csv", "signoff.csv", "agreement.csv"
SCOPE, CLAIM, WISH = "supplier_scope.csv", "supplier_capability.csv", "practice_consent.csv"

#: One precondition taken away, and the reasons that alone must come of it.
TAKEN_AWAY = [
    (ALLOWED.drop("practice.csv"), ("P_UNKNOWN",)),
    (ALLOWED.change("practice.csv", open_date=""), ("P_NOT_OPEN",)),
    (ALLOWED.change("practice.csv", open_date="2025-06-17"), ("P_NOT_OPEN",)),
    # legally open all along, it sees patients from the day after, or until the day before
    (ALLOWED.change("practice.csv", operational_from="2025-06-17"), ("P_NOT_OPEN",)),
    (ALLOWED.change("practice.csv", operational_to="2025-06-15"), ("P_CLOSED",)),
    (
        ALLOWED.change("practice.csv", operational_from="2025-01-01", close_date="2025-06-15"),
        ("P_CLOSED",),
    ),
    (ALLOWED.change("practice.csv", open_date="", operational_to="2025-12-31"), ("P_NOT_OPEN",)),
    (ALLOWED.change("practice.csv", status="DORMANT"), ("P_NOT_OPEN",)),
    (ALLOWED.change("practice.csv", close_date="2025-06-15"), ("P_CLOSED",)),
    (ALLOWED.change("practice.csv", status="CLOSED"), ("P_CLOSED",)),
    (ALLOWED.change("practice.csv", icb_code=""), ("P_OUT_OF_REGION",)),
    (ALLOWED.change("icb.csv", valid_from=""), ("P_OUT_OF_REGION",)),
    (ALLOWED.drop("supplier.csv"), ("V_SUPPLIER_UNKNOWN",)),
    (ALLOWED.change(SCOPE, scope="EXCLUDED"), ("V_EXCLUDED",)),
    (ALLOWED.change(SCOPE, scope="NOT_ASSESSED"), ("V_NOT_LIVE",)),
    (ALLOWED.change(SCOPE, basis="VARIATION", basis_ref="V-1"), ("V_NOT_LIVE",)),
    (ALLOWED.change(SCOPE, valid_from=""), ("V_NOT_LIVE",)),
    (ALLOWED.drop(CLAIM), ("V_MECHANISM_NOT_BULK",)),
    (ALLOWED.change(CLAIM, claim="TRANSACTIONAL"), ("V_MECHANISM_NOT_BULK",)),
    (ALLOWED.change(CLAIM, readiness="DOCUMENTED"), ("V_MECHANISM_NOT_BULK",)),
    (ALLOWED.change(CLAIM, evidence_date="2025-06-17"), ("V_MECHANISM_NOT_BULK",)),
    (ALLOWED.drop("practice_system.csv"), ("V_SYSTEM_MISMATCH",)),
    (ALLOWED.change("practice_system.csv", supplier_code="TPP"), ("V_SYSTEM_MISMATCH",)),
    (ALLOWED.change("practice_system.csv", go_live_on=""), ("V_SYSTEM_MISMATCH",)),
    (ALLOWED.drop(WISH), ("C_NONE",)),
    (ALLOWED.change(WISH, state="REFUSED", state_from="2025-01-05"), ("C_NONE",)),
    (ALLOWED.change(WISH, state="REQUESTED"), ("C_REQUESTED",)),
    (ALLOWED.change(WISH, effective_from="2025-06-17"), ("C_NOT_YET",)),
    (ALLOWED.change(WISH, effective_from=""), ("C_NOT_YET",)),
    (ALLOWED.change(WISH, state="SUSPENDED", state_from="2025-06-16"), ("C_SUSPENDED",)),
    (ALLOWED.change(WISH, state="WITHDRAWN", effective_to="2025-06-16"), ("C_WITHDRAWN",)),
    (ALLOWED.change(WISH, effective_to="2025-06-16"), ("C_EXPIRED",)),
    (ALLOWED.change(WISH, state="SUPERSEDED", state_from="2025-06-16"), ("C_EXPIRED",)),
    (ALLOWED.change(WISH, state="VOID_SUPPLIER_CHANGE", state_from="2025-06-01"), ("C_VOID",)),
    (ALLOWED.change(WISH, extract_id="OTHER"), ("C_SCOPE",)),
    (ALLOWED.change(WISH, mechanism_id="IM1-TXN"), ("C_SCOPE",)),
    (ALLOWED.change(WISH, scope_tables="Admin_Patient"), ("C_SCOPE",)),
    (ALLOWED.change(WISH, scope_from_date="2020-01-01"), ("C_SCOPE",)),
    (ALLOWED.change(WISH, evidence_sha256=""), ("C_EVIDENCE",)),
    (ALLOWED.change(WISH, evidence_ref=""), ("C_EVIDENCE",)),
    (ALLOWED.change(WISH, purposes="DIRECT_CARE"), ("A_PURPOSE",)),
    (ALLOWED.change(AGREE, 0, purposes="DIRECT_CARE"), ("A_PURPOSE",)),
    (ALLOWED.drop(AGREE, 1), ("A_DPA_NONE",)),
    (ALLOWED.change(AGREE, 1, state="SUSPENDED"), ("A_DPA_NONE",)),
    (ALLOWED.change(AGREE, 1, valid_to="2025-06-16"), ("A_DPA_DATES",)),
    (ALLOWED.drop(AGREE, 0), ("A_DSA_NONE",)),
    (ALLOWED.change(AGREE, 0, kind="DPA"), ("A_DSA_NONE",)),
    (ALLOWED.change(AGREE, 0, valid_from="2025-06-17"), ("A_DSA_DATES",)),
    (ALLOWED.drop("dpia.csv"), ("A_DPIA",)),
    (ALLOWED.change("dpia.csv", state="DRAFT"), ("A_DPIA",)),
    (ALLOWED.change("dpia.csv", residual_risk="HIGH"), ("A_DPIA",)),
    # from before an assessment named its document
    (ALLOWED.change("dpia.csv", document_sha256=""), ("A_DPIA",)),
    (ALLOWED.change("dpia.csv", document_sha256="f" * 64), ("A_SIGNOFF",)),
    (ALLOWED.drop(SIGN, 4), ("A_SIGNOFF",)),
    (ALLOWED.drop(SIGN, 5), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 4, document_sha256="f" * 64), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 5, decision="REJECTED"), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 5, signed_on="2025-06-17"), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 5, version="2"), ("A_SIGNOFF",)),
    (ALLOWED.drop(SIGN, 0), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 1, document_sha256="e" * 64), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 1, decision="REJECTED"), ("A_SIGNOFF",)),
    (ALLOWED.change(SIGN, 1, signed_on="2025-06-17"), ("A_SIGNOFF",)),
    (ALLOWED.change(AGREE, 0, review_on="2025-04-17"), ("A_REVIEW_OVERDUE",)),
    (ALLOWED.change("dpia.csv", review_on="2025-04-17"), ("A_REVIEW_OVERDUE",)),
    (ALLOWED.drop(PARTY, 0), ("A_NOT_PARTY",)),
    (ALLOWED.drop(PARTY, 3), ("A_NOT_PARTY",)),
    (ALLOWED.change(PARTY, 0, signed_on="2025-06-17"), ("A_NOT_PARTY",)),
    (ALLOWED.change(WISH, supplier_side_state=""), ("S_ABSENT",)),
    (ALLOWED.change(WISH, supplier_side_state="PRESENT_NOT_ACTIVATED"), ("S_NOT_ACTIVATED",)),
    (ALLOWED.then(_seen("DISABLED", DAY)), ("S_DISABLED",)),
    (ALLOWED.then(_seen("DELETED", DAY)), ("S_DELETED",)),
    (ALLOWED.then(_event("purge_opened", DAY)), ("O_PURGING",)),
]


def test_a_practice_with_every_precondition_is_allowed() -> None:
    decision = ALLOWED.decide()
    assert (decision.outcome, decision.primary_reason, decision.reasons) == ("allow", "", ())
    assert decision.register_version == ALLOWED.events()[-1].this_hash


@pytest.mark.parametrize(("world", "reasons"), TAKEN_AWAY)
def test_taking_any_one_precondition_away_denies_with_its_reason_alone(
    world: World, reasons: tuple[str, ...]
) -> None:
    decision = world.decide()
    assert (decision.outcome, decision.reasons) == ("deny", reasons)
    assert decision.primary_reason == reasons[0]


def test_a_hold_holds_and_its_release_lets_pass() -> None:
    held = ALLOWED.then(_event("hold_placed", DAY))
    assert (held.decide().outcome, held.decide().reasons) == ("hold", ("O_HOLD",))
    assert held.decide(DAY - timedelta(days=1)).is_allowed
    assert held.then(_event("hold_released", DAY)).decide().is_allowed


@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        (date(2025, 1, 1), ("C_NONE",)),
        (date(2025, 1, 9), ("C_REQUESTED",)),
        (date(2025, 1, 10), ("C_NOT_YET",)),
        (date(2025, 1, 31), ("C_NOT_YET",)),
        (date(2025, 2, 1), ()),
        (date(2026, 1, 31), ()),
        (date(2026, 2, 1), ("C_EXPIRED",)),
    ],
)
def test_consent_holds_from_its_first_day_until_the_day_before_its_end(
    day: date, reasons: tuple[str, ...]
) -> None:
    assert ALLOWED.decide(day).reasons == reasons


def test_a_withdrawal_dated_in_the_future_ends_on_its_day() -> None:
    world = ALLOWED.change(WISH, state="WITHDRAWN", effective_to="2025-10-26", notice_ref="N-1")
    assert world.decide(date(2025, 10, 25)).is_allowed
    assert world.decide(date(2025, 10, 26)).reasons == ("C_WITHDRAWN",)


def test_a_backdated_consent_holds_before_it_was_signed() -> None:
    world = ALLOWED.change(WISH, effective_from="2025-01-05")
    world = world.change(PARTY, 0, signed_on="2024-01-01")
    for at in range(1, 4):
        world = world.change(PARTY, at, signed_on="2024-01-01")
    assert world.decide(date(2025, 1, 4)).reasons == ("C_REQUESTED",)
    assert world.decide(date(2025, 1, 5)).is_allowed


def test_review_is_warned_of_before_its_day_and_denied_sixty_days_after() -> None:
    world = ALLOWED.change(AGREE, 0, review_on="2025-06-16")
    assert world.decide(date(2025, 3, 17)).warnings == ()
    assert world.decide(date(2025, 3, 18)).warnings == ("review of DSA is due on 2025-06-16",)
    assert world.decide(date(2025, 8, 14)).is_allowed
    assert world.decide(date(2025, 8, 15)).reasons == ("A_REVIEW_OVERDUE",)


def test_expired_capability_warns_for_inception_and_denies_for_a_variation() -> None:
    expired = ALLOWED.change(CLAIM, expires_on="2025-06-16")
    assert expired.decide().is_allowed
    assert expired.decide().warnings == ("the evidence of the bulk capability has expired",)
    varied = expired.change(SCOPE, basis="VARIATION", basis_ref="V-1").state()
    varied.variations["V-1"] = live_variation("V-1", "EMIS", date(2025, 1, 1))
    question = ALLOWED.decide().question
    assert decide(question, varied, BOOK).reasons == ("V_CAPABILITY_EXPIRED",)
    earlier = replace(question, as_of=date(2025, 6, 15))
    assert decide(earlier, varied, BOOK).is_allowed


def test_a_claim_without_an_end_lives_180_days() -> None:
    world = ALLOWED.change(CLAIM, expires_on="", evidence_date="2025-01-01")
    assert world.decide(date(2025, 6, 29)).warnings == ()
    assert world.decide(date(2025, 6, 30)).warnings != ()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("E8300", "P_MALFORMED"),
        ("", "P_MALFORMED"),
        ("Е83003", "P_MALFORMED"),  # noqa: RUF001 - a Cyrillic letter that looks like E
        # a branch the register lists; by its digits alone a code is nobody's
        ("G83001001", "P_BRANCH"),
        ("E83003001", "P_UNKNOWN"),
        ("E830031", "P_MALFORMED"),
        ("E83003 01", "P_MALFORMED"),
        ("E99999", "P_UNKNOWN"),
        # a trust's site, a sub-board and a board; never a name, a code cut short or an O for a 0
        ("RYXZ1", "P_NOT_PRACTICE"),
        ("72Q", "P_NOT_PRACTICE"),
        ("Z9B2Z", "P_NOT_PRACTICE"),
        ("SMITH", "P_MALFORMED"),
        ("RYX", "P_MALFORMED"),
        ("E830O3", "P_MALFORMED"),
        ("E99999001", "P_UNKNOWN"),
    ],
)
def test_a_code_that_is_no_practice_of_ours_is_named_so(code: str, reason: str) -> None:
    world = ALLOWED.add("branch.csv", branch_code="G83001001", practice_code="G83001")
    assert world.decide(practice=code).reasons == (reason,)


def test_a_code_is_trimmed_and_upper_cased_and_that_is_told() -> None:
    decision = ALLOWED.decide(practice=" e83003 ")
    assert decision.is_allowed
    assert decision.warnings == ("practice code was trimmed or upper-cased",)


def test_a_letter_that_only_looks_upper_cased_stays_what_it_is() -> None:
    assert "ſ".upper() == "S"  # noqa: RUF001 - the long s
    assert normalise("ſ83003") == "ſ83003"  # noqa: RUF001


def test_an_organisation_id_that_is_not_the_registered_one_denies() -> None:
    assert ALLOWED.decide(supplier_org_id="ab-1").is_allowed
    assert ALLOWED.decide(supplier_org_id="{AB-2}").reasons == ("S_GUID_MISMATCH",)


def test_a_delivery_under_another_agreement_than_the_registered_one_denies() -> None:
    agreed = ALLOWED.change("practice_system.csv", agreement_id="{CD-1}")
    assert agreed.decide(agreement_id="cd-1").is_allowed
    assert agreed.decide(agreement_id="{CD-2}").reasons == ("S_GUID_MISMATCH",)
    # the register names no agreement: there is nothing to compare with
    assert ALLOWED.decide(agreement_id="cd-1").is_allowed


def test_every_reason_is_returned_in_the_order_of_the_book() -> None:
    world = ALLOWED.change("practice.csv", icb_code="").change(SCOPE, scope="EXCLUDED")
    world = world.change(WISH, evidence_ref="", supplier_side_state="ABSENT").drop(PARTY, 0)
    assert world.decide().reasons == (
        "P_OUT_OF_REGION",
        "V_EXCLUDED",
        "C_EVIDENCE",
        "A_NOT_PARTY",
        "S_ABSENT",
    )


def test_publishing_needs_a_population_near_the_list_size() -> None:
    sized = ALLOWED.add(
        "list_size.csv",
        practice_code="E83003",
        as_at="2025-01-01",
        registered_count="1000",
        source="x",
    ).then(reconciled(DAY))
    assert ALLOWED.decide(stage="PUBLISH").reasons == ("D_BASELINE_MISSING",)
    assert sized.decide(stage="PUBLISH").reasons == ("D_POPULATION",)
    assert sized.decide(stage="PUBLISH", registered_count=899).reasons == ("D_POPULATION",)
    assert sized.decide(stage="PUBLISH", registered_count=900).is_allowed
    assert sized.decide(stage="PUBLISH", registered_count=1100).is_allowed
    assert sized.decide(stage="PUBLISH", registered_count=1101).reasons == ("D_POPULATION",)


def test_a_board_that_merged_hands_its_practices_to_its_successor_on_the_day() -> None:
    world = ALLOWED.change("icb.csv", valid_to="2026-04-01", successor_code="Z9B2Z")
    world = world.add("icb.csv", icb_code="Z9B2Z", icb_name="West", valid_from="2026-04-01")
    state = world.state()
    assert state.board_on("E83003", date(2026, 3, 31)) == "QMJ"
    assert state.board_on("E83003", date(2026, 4, 1)) == "Z9B2Z"
    assert state.board_on("E83003", date(2022, 6, 30)) == ""


def test_a_later_system_replaces_an_earlier_one_on_its_first_day() -> None:
    world = ALLOWED.add(
        "practice_system.csv",
        practice_code="E83003",
        supplier_code="TPP",
        go_live_on="2025-06-16",
    )
    assert world.decide(DAY - timedelta(days=1)).is_allowed
    assert world.decide().reasons == ("V_SYSTEM_MISMATCH",)


def test_a_corrected_event_no_longer_counts() -> None:
    closed = ALLOWED.then(_event("purge_opened", DAY))
    wrong = closed.events()[-1]
    corrected = closed.then(replace(_event("corrected", DAY), payload={"corrects": wrong.event_id}))
    assert corrected.decide().is_allowed


UNRELATED = st.sampled_from(
    [
        ("practice.csv", {**PRACTICE, "practice_code": "G83002"}),
        ("practice_consent.csv", {**CONSENT, "consent_id": "C-9", "practice_code": "G83001"}),
        (
            "practice_consent.csv",
            {**CONSENT, "consent_id": "C-8", "supplier_code": "TPP", "state": "REQUESTED"},
        ),
        ("icb.csv", {"icb_code": "QKK", "icb_name": "South East", "valid_from": "2022-07-01"}),
        ("supplier.csv", {"supplier_code": "VISION", "supplier_name": "Vision"}),
        ("branch.csv", {"branch_code": "G83001001", "practice_code": "G83001"}),
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(UNRELATED, max_size=4),
    st.integers(0, len(TAKEN_AWAY) - 1),
    st.dates(date(2024, 12, 1), date(2026, 3, 1)),
)
def test_unrelated_records_change_nothing(
    unrelated: list[tuple[str, dict[str, str]]], place: int, day: date
) -> None:
    for world in (ALLOWED, TAKEN_AWAY[place][0]):
        crowded = world
        for file, row in unrelated:
            crowded = crowded.add(file, **row)
        alone, among = world.decide(day), crowded.decide(day)
        assert (alone.outcome, alone.reasons) == (among.outcome, among.reasons)


def test_every_reason_in_the_book_has_an_owner_and_a_next_action() -> None:
    orders = [each.order for each in BOOK.reasons.values()]
    assert orders == sorted(set(orders))
    assert all(each.owner_role and each.next_action for each in BOOK.reasons.values())


def test_a_variation_opens_from_the_day_it_is_live_and_closes_when_suspended() -> None:
    varied = ALLOWED.change(SCOPE, scope="NOT_ASSESSED").state()
    question = ALLOWED.decide().question
    assert decide(question, varied, BOOK).reasons == ("V_NOT_LIVE",)
    live = live_variation("V-1", "EMIS", DAY)
    varied.variations["V-1"] = live
    assert decide(question, varied, BOOK).is_allowed
    day_before = replace(question, as_of=DAY - timedelta(days=1))
    assert decide(day_before, varied, BOOK).reasons == ("V_NOT_LIVE",)
    varied.variations["V-1"] = replace(live, history=(*live.history, (DAY, State.SUSPENDED)))
    assert decide(question, varied, BOOK).reasons == ("V_NOT_LIVE",)


def test_an_exclusion_is_lifted_by_its_own_kind_of_variation_alone() -> None:
    excluded = ALLOWED.change(SCOPE, scope="EXCLUDED").state()
    question = ALLOWED.decide().question
    excluded.variations["V-1"] = live_variation("V-1", "EMIS", DAY)
    assert decide(question, excluded, BOOK).reasons == ("V_EXCLUDED",)
    excluded.variations["V-2"] = live_variation("V-2", "EMIS", DAY, "EXCLUSION_LIFT")
    assert decide(question, excluded, BOOK).is_allowed


def test_another_suppliers_variation_opens_nothing() -> None:
    varied = ALLOWED.change(SCOPE, scope="NOT_ASSESSED").state()
    varied.variations["V-1"] = live_variation("V-1", "TPP", DAY)
    assert decide(ALLOWED.decide().question, varied, BOOK).reasons == ("V_NOT_LIVE",)
