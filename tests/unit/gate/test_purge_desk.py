"""The desk of purges on both engines: what the register knows goes into each step (S17)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.gate.purge import Layer, Mode, State, Trigger
from lds_assets.gate.purge_desk import PurgeDesk
from lds_assets.gate.variation_desk import Signature
from tests.unit.gate.desk import Office, office_of, template_of
from tests.unit.gate.world import HASH, World

#: The day of the notice.
DAY = date(2025, 4, 1)
#: The sharing agreement ends with the day before.
ENDS = date(2026, 1, 1)
ERASE = {"notice_ref": "DMS:9", "retention_instruction": "ERASE"}
OFFICER = Signature("iris", "IG_OFFICER", reason="the practice's notice", evidence_ref="DMS:9")
TWO = replace(OFFICER, second="carl", second_role="CALDICOTT")
OPS = Signature("otto", "OPS")
KEPT = "c" * 64


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_of(
        tmp_path_factory.mktemp("template"),
        World().change("agreement.csv", valid_to=ENDS.isoformat()),
    )


@pytest.fixture
def office(template: Path, tmp_path: Path, database: str) -> Office:
    return office_of(template, tmp_path, database)


def _desk(office: Office) -> PurgeDesk:
    return PurgeDesk(office.register, DAY)


def test_a_notice_is_carried_to_its_certificate(office: Office) -> None:
    office.on(DAY).withdraw("C-1", DAY, ERASE, OFFICER)
    desk = _desk(office)
    purge = desk.open("e83003", Trigger.CONSENT_WITHDRAWN, Mode.ERASE, OFFICER)
    assert (purge.purge_id, purge.due_on) == ("PURGE-E83003-1", "2025-04-29")
    assert office.reasons(DAY) == ("C_WITHDRAWN", "O_PURGING")

    purge = desk.inventoried(purge, {"raw": 4_000_000_000}, HASH, OPS)
    purge = desk.approve(purge, TWO)
    assert desk.approved_by(purge.approval_event) == purge
    purge = desk.begin(purge, 3)
    for layer in Layer:
        purge = desk.layer_done(purge, layer, {"rows": 4_000_000_000})
    purge = desk.local_done(purge, 0, KEPT)
    purge = desk.notify(purge, ["ICB-1"])
    purge = desk.answered(purge, ["ICB-1"])
    purge = desk.certify(purge, HASH, [{"name": "nightly", "expires_on": "2025-05-01"}], OFFICER)

    # as another program finds it: everything stands in the database
    office.register.refresh()
    assert desk.purge("PURGE-E83003-1") == purge
    assert [state for _, state, _ in purge.history] == [
        *(State.OPEN, State.INVENTORIED, State.APPROVED, State.EXECUTING, State.LOCAL_DONE),
        *(State.SUBSCRIBERS_NOTIFIED, State.CONFIRMED, State.CERTIFIED),
    ]
    assert purge.done["raw"] == {"rows": 4_000_000_000}
    assert purge.approvers == (("iris", "IG_OFFICER"), ("carl", "CALDICOTT"))
    assert (purge.proof_sha256, purge.certificate_sha256) == (KEPT, HASH)
    assert office.reasons(DAY) == ("C_WITHDRAWN",)
    assert desk.latest("E83003") == purge
    with pytest.raises(Refused, match="no purge of E83003 is open"):
        desk.under_way("E83003")


def test_opening_shuts_the_gate_and_a_second_one_waits_for_the_first(office: Office) -> None:
    desk = _desk(office)
    purge = desk.open("g83001", Trigger.MISROUTED, Mode.ERASE, OFFICER)
    assert (purge.purge_id, purge.state) == ("PURGE-G83001-1", State.OPEN)
    assert (purge.opened_by, purge.due_on) == ("iris", "2025-04-29")
    moves = office.register.state().interventions["G83001"]
    assert [each.state for each in moves] == ["purge_opened"]
    with pytest.raises(Refused, match="S17-13"):
        desk.open("G83001", Trigger.MISROUTED, Mode.ERASE, OFFICER)
    with pytest.raises(Refused, match="not in the register"):
        desk.open("Z99999", Trigger.MISROUTED, Mode.ERASE, OFFICER)
    with pytest.raises(Refused, match="S17-18"):
        desk.open("E83003", Trigger.CONSENT_WITHDRAWN, Mode.ERASE, OFFICER)
    with pytest.raises(Refused, match="approves no purge"):
        desk.approved_by("0" * 32)
    with pytest.raises(Refused, match="no purge of"):
        desk.under_way("E83003")
    # what was refused is on record, and nothing else
    last = office.register.events()[-1]
    assert (last.event_type, last.reason_code) == ("refused", "S17-18")
    assert desk.purges() == [purge]


def test_the_notice_says_what_is_erased_and_from_which_day(office: Office) -> None:
    told = {"notice_ref": "DMS:9", "retention_instruction": "ERASE_FROM_DATE"}
    office.on(DAY).withdraw("C-1", DAY, {**told, "erase_from": "2025-03-15"}, OFFICER)
    desk = _desk(office)
    with pytest.raises(Refused, match="S17-19"):
        desk.open("E83003", Trigger.CONSENT_WITHDRAWN, Mode.ERASE, OFFICER)
    purge = desk.open("E83003", Trigger.CONSENT_WITHDRAWN, Mode.ERASE_FROM_DATE, OFFICER)
    assert purge.cut_off == "2025-03-15"


def test_an_agreement_is_no_reason_before_the_day_it_ends(office: Office) -> None:
    def opened(day: date) -> str:
        desk = PurgeDesk(office.register, day)
        return desk.open("E83003", Trigger.AGREEMENT_ENDED, Mode.ERASE, OFFICER).purge_id

    with pytest.raises(Refused, match="S17-17"):
        opened(ENDS - timedelta(days=1))
    assert opened(ENDS) == "PURGE-E83003-1"
