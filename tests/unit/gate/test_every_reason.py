"""Every reason of the book can be given, and each of a pair of faults is told in its order."""

from dataclasses import replace

from lds_assets.gate.policy import decide
from tests.unit.gate.test_policy import ALLOWED, CLAIM, SCOPE, TAKEN_AWAY, _event
from tests.unit.gate.world import BOOK, DAY, World, live_variation

#: Given by another stage than the worlds here: a move or an onboarding that is not reconciled.
ELSEWHERE = {"D_MIGRATING", "D_NOT_RECONCILED"}


def _others() -> set[str]:
    """Return the reasons that one changed row cannot bring about."""
    found: set[str] = set()
    branched = ALLOWED.add("branch.csv", branch_code="E83003001", practice_code="E83003")
    for practice in ("E8300", "RYXZ1", "E83003001"):
        found |= set(branched.decide(practice=practice).reasons)
    found |= set(ALLOWED.decide(supplier_org_id="{AB-2}").reasons)
    found |= set(ALLOWED.then(_event("hold_placed", DAY)).decide().reasons)
    found |= set(ALLOWED.decide(stage="PUBLISH").reasons)
    size = {"practice_code": "E83003", "as_at": "2025-01-01", "registered_count": "9"}
    sized = ALLOWED.add("list_size.csv", **size, source="x")
    found |= set(sized.decide(stage="PUBLISH", registered_count=100).reasons)
    expired = ALLOWED.change(CLAIM, expires_on="2025-06-16")
    varied = expired.change(SCOPE, basis="VARIATION", basis_ref="V-1").state()
    varied.variations["V-1"] = live_variation("V-1", "EMIS", DAY)
    found |= set(decide(ALLOWED.decide().question, varied, BOOK).reasons)
    broken = World().state()
    broken.broken = "changed (seq 1)"
    return found | set(decide(ALLOWED.decide().question, broken, BOOK).reasons)


def test_every_reason_of_the_book_can_be_reached() -> None:
    reached = {code for _, reasons in TAKEN_AWAY for code in reasons} | _others()
    assert set(BOOK.reasons) - reached - ELSEWHERE == set()


def test_reasons_of_any_two_faults_come_in_the_order_of_the_book() -> None:
    question = replace(ALLOWED.decide().question, stage="PUBLISH")
    for world, _ in TAKEN_AWAY[::7]:
        state = world.state()
        state.parties.clear()
        reasons = decide(question, state, BOOK).reasons
        assert list(reasons) == sorted(reasons, key=lambda code: BOOK.reasons[code].order)
        assert len(set(reasons)) == len(reasons)
