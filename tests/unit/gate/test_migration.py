"""The migration machine: every way that is not in the table is refused, whoever asks."""

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from lds_assets.gate.events import ROLES, NewEvent, day_start
from lds_assets.gate.lifecycle import illegal as lifecycle_illegal
from lds_assets.gate.migration import MIGRATION, Migration, State
from lds_assets.gate.migration_rules import refusal

DAY = date(2025, 6, 20)

#: The specification's life of a migration, written out by hand.
WAYS = {
    ("", "PLANNED"),
    ("PLANNED", "NEW_CONSENT_PENDING"),
    ("PLANNED", "BLOCKED_NOT_LIVE"),
    ("PLANNED", "CLOSED"),
    ("NEW_CONSENT_PENDING", "BLOCKED_NOT_LIVE"),
    ("NEW_CONSENT_PENDING", "DUAL"),
    ("NEW_CONSENT_PENDING", "CUT_OVER"),
    ("NEW_CONSENT_PENDING", "CLOSED"),
    ("DUAL", "BLOCKED_NOT_LIVE"),
    ("DUAL", "CUT_OVER"),
    ("DUAL", "CLOSED"),
    ("BLOCKED_NOT_LIVE", "BLOCKED_NOT_LIVE"),
    ("BLOCKED_NOT_LIVE", "NEW_CONSENT_PENDING"),
    ("BLOCKED_NOT_LIVE", "CLOSED"),
    ("CUT_OVER", "BLOCKED_NOT_LIVE"),
    ("CUT_OVER", "RECONCILED"),
    ("CUT_OVER", "CLOSED"),
    ("RECONCILED", "CLOSED"),
}


def _standing(state: str) -> Migration:
    if not state:
        return Migration("M")
    return Migration("M", "E83003", "EMIS", "TPP", DAY, None, State(state))


def _move(before: str, after: str, role: str, **told: Any) -> NewEvent:  # noqa: ANN401
    payload: dict[str, Any] = {
        "practice_code": "E83003",
        "from_supplier": "EMIS",
        "to_supplier": "TPP",
        "planned_on": DAY.isoformat(),
        "running": "EMIS",
        "actual_on": DAY.isoformat(),
        "new_consent": "C-2",
        "report_sha256": "a" * 64,
        **told,
    }
    return NewEvent(
        MIGRATION,
        "M",
        "moved",
        day_start(DAY),
        "somebody",
        role,
        from_state=before,
        to_state=after,
        reason_code="TOLD",
        reason_text="told",
        evidence_ref="letter",
        payload=payload,
    )


def test_only_the_ways_of_the_table_are_open() -> None:
    states = ["", *State]
    found = {
        (before, str(after))
        for before, after in product(states, State)
        for live, role in product((True, False), ROLES)
        if not refusal(_standing(before), _move(before, after, role, target_is_live=live))
    }
    assert found == WAYS


@pytest.mark.parametrize("role", sorted(ROLES - {"DELIVERY_LEAD"}))
def test_only_the_delivery_lead_reconciles(role: str) -> None:
    assert refusal(_standing("CUT_OVER"), _move("CUT_OVER", "RECONCILED", role))


@pytest.mark.parametrize("absent", ["new_consent", "report_sha256"])
def test_reconciling_needs_consent_and_comparison(absent: str) -> None:
    event = _move("CUT_OVER", "RECONCILED", "DELIVERY_LEAD", **{absent: ""})
    assert refusal(_standing("CUT_OVER"), event).startswith("S15-6")


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({}, "S15-15"),
        ({"second": "Somebody", "second_role": "IG_OFFICER"}, "S15-15"),
        ({"second": "officer", "second_role": "OPS"}, "S15-15"),
        ({"second": "officer", "second_role": "IG_OFFICER"}, ""),
    ],
)
def test_figures_outside_their_tolerance_take_two_persons(told: dict[str, str], rule: str) -> None:
    event = _move(
        "CUT_OVER", "RECONCILED", "DELIVERY_LEAD", exceptions=["observation only old"], **told
    )
    assert refusal(_standing("CUT_OVER"), event)[:6] == rule


def test_a_cut_over_is_told_with_proof_and_not_before_its_day() -> None:
    event = _move("DUAL", "CUT_OVER", "DELIVERY_LEAD")
    assert refusal(_standing("DUAL"), replace(event, evidence_ref=""))[:6] == "S15-11"
    ahead = _move("DUAL", "CUT_OVER", "DELIVERY_LEAD", actual_on="2025-06-21")
    assert refusal(_standing("DUAL"), ahead)[:6] == "S15-12"


def test_the_platform_cuts_nobody_over_by_itself() -> None:
    event = _move("DUAL", "CUT_OVER", "SYSTEM")
    assert refusal(_standing("DUAL"), event)[:5] == "S15-5"
    told = replace(_standing("DUAL"), actual_on=DAY)
    assert refusal(told, event) == ""


def test_a_practice_that_has_left_is_not_called_off() -> None:
    blocked = _standing("BLOCKED_NOT_LIVE")
    event = _move("BLOCKED_NOT_LIVE", "CLOSED", "IG_OFFICER", running="TPP")
    assert refusal(blocked, event)[:6] == "S15-18"
    closed = _move("BLOCKED_NOT_LIVE", "CLOSED", "IG_OFFICER", running="TPP", is_closed=True)
    assert refusal(blocked, closed) == ""


def test_it_closes_when_no_consent_to_the_old_supplier_is_open() -> None:
    event = _move("RECONCILED", "CLOSED", "IG_OFFICER", open_consents=["C-1"])
    assert refusal(_standing("RECONCILED"), event)[:6] == "S15-17"


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"to_supplier": "EMIS"}, "S15-7"),
        ({"running": "TPP"}, "S15-8"),
        ({"open_migration": "M-0"}, "S15-9"),
    ],
)
def test_a_plan_names_a_real_move(told: dict[str, str], rule: str) -> None:
    event = _move("", "PLANNED", "PRACTICE_LIAISON", **told)
    assert refusal(_standing(""), event).split(" ")[0] == rule


def test_the_register_asks_the_machine() -> None:
    assert lifecycle_illegal(_move("", "RECONCILED", "DELIVERY_LEAD"), [])[:5] == "S15-4"


@pytest.mark.parametrize("role", sorted(ROLES - {"IG_OFFICER", "SYSTEM"}))
def test_only_information_governance_widens_a_consent(role: str) -> None:
    row = {"consent_id": "C-2", "kind": "EARLIER_SUPPLIER", "code": "EMIS"}
    event = NewEvent(
        "consent_cover", "C-2|x", "recorded", day_start(DAY), "x", role, payload={"row": row}
    )
    assert lifecycle_illegal(event, [])
