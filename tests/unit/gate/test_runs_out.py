"""What closes no gate yet is told: evidence that expires, reviews that come up."""

from datetime import date

import pytest

from lds_assets.gate.runs_out import opens_a_gate, runs_out
from tests.unit.gate.test_policy import AGREE, ALLOWED, CLAIM, SCOPE
from tests.unit.gate.world import DAY, World, live_variation

CAPABILITY = "the evidence of EMIS's bulk capability"
VARIED = ALLOWED.change(SCOPE, basis="VARIATION", basis_ref="V-1")


def _told(world: World, about: str, *, is_live: bool = False) -> list[str]:
    state = world.state()
    if is_live:
        state.variations["V-1"] = live_variation("V-1", "EMIS", date(2025, 1, 1))
    return [each.what for each in runs_out(state, DAY) if about in each.what]


# DAY is 16 June 2025
@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2025-07-17", None),
        ("2025-07-16", "expires on 2025-07-16: this warns and closes no gate"),
        ("2025-06-17", "expires on 2025-06-17: this warns and closes no gate"),
        ("2025-06-16", "expired on 2025-06-16: this warns and closes no gate"),
        ("2025-01-01", "expired on 2025-01-01: this warns and closes no gate"),
    ],
)
def test_evidence_of_a_supplier_since_inception_is_told_from_thirty_days_before(
    expires: str, said: str | None
) -> None:
    told = _told(ALLOWED.change(CLAIM, expires_on=expires), CAPABILITY)
    assert told == ([f"{CAPABILITY} {said}"] if said else [])


def test_evidence_of_a_supplier_by_variation_is_told_before_it_closes_the_gate() -> None:
    ends = VARIED.change(CLAIM, expires_on="2025-06-20")
    told = _told(ends, CAPABILITY, is_live=True)
    assert told == [f"{CAPABILITY} expires on 2025-06-20: the gate closes that day"]
    # once it has, the gate's own reason says so; a supplier that is not live needs no evidence
    expired = VARIED.change(CLAIM, expires_on="2025-06-16")
    assert _told(expired, CAPABILITY, is_live=True) == []
    assert _told(ends, CAPABILITY) == []


def test_newer_evidence_takes_the_place_of_what_expired() -> None:
    newer = {**ALLOWED.rows[CLAIM][0], "claim_id": "CAP-2", "expires_on": "2025-11-01"}
    renewed = ALLOWED.change(CLAIM, expires_on="2025-06-01").add(CLAIM, **newer)
    assert _told(renewed, CAPABILITY) == []


def test_a_review_that_comes_up_is_told_and_an_overdue_one_closes_the_gate_instead() -> None:
    assert _told(ALLOWED.change(AGREE, 0, review_on="2025-07-16"), "review of DSA") == [
        "review of DSA is due on 2025-07-16, within 30 days"
    ]
    assert _told(ALLOWED.change(AGREE, 0, review_on="2025-04-17"), "review of DSA") == []


@pytest.mark.parametrize(
    ("world", "is_live", "opens"),
    [
        (ALLOWED, False, True),
        (ALLOWED.change(CLAIM, expires_on="2025-06-16"), False, True),
        (VARIED, True, True),
        (VARIED.change(CLAIM, expires_on="2025-06-16"), True, False),
        (ALLOWED.change(CLAIM, readiness="DOCUMENTED"), False, False),
        (ALLOWED.change(CLAIM, evidence_date="2025-06-17"), False, False),
    ],
)
def test_what_is_said_of_a_claim_is_what_the_gate_makes_of_it(
    world: World, is_live: bool, opens: bool
) -> None:
    state = world.state()
    if is_live:
        state.variations["V-1"] = live_variation("V-1", "EMIS", date(2025, 1, 1))
    (claim,) = [each for each in state.capabilities.values() if each.supplier_code == "EMIS"]
    assert opens_a_gate(claim, state, DAY) is opens
