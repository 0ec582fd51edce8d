"""Who may not land today is told by today's gate, whatever a delivery met once."""

from datetime import date, datetime
from pathlib import Path

from lds_assets.operations.drive import refused_today
from tests.unit.gate.moving import TPP_CONSENT, moving
from tests.unit.gate.test_policy import AGREE, ALLOWED, WISH
from tests.unit.why.world import PRACTICE, deliver, platform_of

NIGHT = datetime(2025, 6, 15, 0, 5)


def test_a_loaded_practice_whose_agreement_ended_since_is_refused(tmp_path: Path) -> None:
    world = ALLOWED.change(AGREE, 0, valid_to="2025-06-16")
    platform = platform_of(tmp_path, world)
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"})
    assert refused_today(platform) == {PRACTICE: "A_DSA_DATES"}


def test_the_reason_is_todays_and_nobody_is_refused_who_may_land(tmp_path: Path) -> None:
    outcomes = {PRACTICE: "DENIED", "G83001": "DENIED", "G83001001": "MAPPED"}
    early = platform_of(tmp_path / "a", ALLOWED)
    deliver(early, NIGHT, outcomes=outcomes, refusal="C_NOT_YET")
    assert refused_today(early) == {"G83001": "C_NONE"}
    gone = ALLOWED.change(WISH, state="WITHDRAWN", effective_to="2025-06-16", notice_ref="N-1")
    platform = platform_of(tmp_path / "b", gone)
    deliver(platform, NIGHT, outcomes=outcomes, refusal="C_NOT_YET")
    assert refused_today(platform) == {PRACTICE: "C_WITHDRAWN", "G83001": "C_NONE"}


def test_an_id_that_is_anothers_is_told_of_a_practice_that_may_land(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, ALLOWED)
    deliver(platform, NIGHT, outcomes={PRACTICE: "DENIED"}, refusal="S_GUID_MISMATCH")
    assert refused_today(platform) == {PRACTICE: "S_GUID_MISMATCH"}


def test_who_moved_is_not_refused_for_the_supplier_it_left(tmp_path: Path) -> None:
    runs = {"practice_code": PRACTICE, "supplier_code": "TPP", "supplier_org_id": PRACTICE}
    world = moving(TPP_CONSENT).add("practice_system.csv", **runs, go_live_on="2025-06-20")
    platform = platform_of(tmp_path, world, date(2025, 6, 25))
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"})
    assert (platform.admitted("emis"), platform.admitted("tpp")) == ([], [PRACTICE])
    assert refused_today(platform) == {}
