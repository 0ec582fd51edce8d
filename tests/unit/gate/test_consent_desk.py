"""The consent desk: every step of the table of S2, its guards, and what a refusal leaves behind."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from lds_assets.errors import Refused, Retry
from lds_assets.gate.consent_view import consents, history
from lds_assets.gate.evidence import Found, confirm_evidence, verify_evidence
from tests.unit.gate.desk import (
    ASKED,
    LIAISON,
    MONDAY,
    OFFICER,
    SECOND,
    SIGNED,
    Office,
    office_of,
    template_of,
)
from tests.unit.gate.world import HASH, World

IN_FORCE = date(2025, 3, 10)
LATER = date(2025, 4, 1)
NOTICE = {"notice_ref": "DMS:9", "retention_instruction": "STOP_ONLY"}
VISION = {
    "supplier_code": "VISION",
    "supplier_name": "Vision",
    "mechanism_id": "IM1-BULK-VISION",
    "extract_id": "LDS-PRIMARY-CARE",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World().drop("practice_consent.csv").add("supplier.csv", **VISION)
    closed = {"practice_code": "E83010", "close_date": "2024-12-31", "status": "CLOSED"}
    world = world.add("practice.csv", **{**world.rows["practice.csv"][0], **closed})
    idle = {"practice_code": "E83011", "status": "DORMANT"}
    world = world.add("practice.csv", **{**world.rows["practice.csv"][0], **idle})
    second = [{**row, "version": "2"} for row in world.rows["agreement.csv"]]
    for row in second:
        world = world.add("agreement.csv", **row)
    for row in world.rows["signoff.csv"][:4]:
        world = world.add("signoff.csv", **{**row, "version": "2"})
    for row in world.rows["agreement_party.csv"][:4]:
        world = world.add("agreement_party.csv", **{**row, "version": "2"})
    return template_of(tmp_path_factory.mktemp("template"), world)


@pytest.fixture
def office(template: Path, tmp_path: Path, database: str) -> Office:
    return office_of(template, tmp_path, database)


def test_a_consent_is_asked_for_granted_and_in_force_from_its_day(office: Office) -> None:
    desk = office.on(MONDAY)
    name = desk.request(ASKED, LIAISON)
    assert name == "E83003-EMIS-1"
    assert office.reasons(MONDAY) == ("C_REQUESTED",)
    desk.grant(name, SIGNED, office.store.keep("DMS:1", name, HASH), OFFICER)
    assert office.reasons(MONDAY) == ("C_NOT_YET",)
    assert office.reasons(IN_FORCE - timedelta(days=1)) == ("C_NOT_YET",)
    assert office.reasons(IN_FORCE) == ()
    steps = [(each.what, each.actor, each.evidence) for each in history(office.register, name)]
    assert steps == [
        ("- -> REQUESTED", "liaison", ""),
        ("REQUESTED -> GRANTED", "officer", "DMS:1"),
    ]


def _request(**cells: str) -> Callable[[Office], None]:
    return lambda office: _ignore(office.on(MONDAY).request({**ASKED, **cells}, LIAISON))


def _ignore(_told: object) -> None:
    """Drop what a step returns."""


def _grant(by: object = OFFICER, **cells: str) -> Callable[[Office], None]:
    def do(office: Office) -> None:
        kept = office.store.keep("DMS:1", "x", HASH)
        desk = office.on(MONDAY)
        desk.grant("E83003-EMIS-1", {**SIGNED, **cells}, kept, by)  # type: ignore[arg-type]

    return do


def _withdraw(on: date, **told: str) -> Callable[[Office], None]:
    return lambda office: office.on(LATER).withdraw(
        "E83003-EMIS-1", on, {**NOTICE, **told}, OFFICER
    )


OPS = replace(OFFICER, role="OPS", actor="ops")

#: What must have been recorded before, the step, and the rule that refuses it.
REFUSED: list[tuple[str, Callable[[Office], None], str]] = [
    ("nothing", _request(practice_code="E99999"), "P-1"),
    ("nothing", _request(practice_code="E83010"), "C-2"),
    ("nothing", _request(practice_code="E83011"), "C-2"),
    ("nothing", _request(supplier_code="VISION"), "C-1"),
    ("nothing", _request(supplier_code="OTHER", extract_id="x", mechanism_id="y"), "C-1"),
    ("nothing", _request(requested_on="3 March"), "G-3"),
    ("nothing", _request(requested_on="2025-03-04"), "C-15"),
    ("nothing", _request(purposes="FUN"), "G-3"),
    ("requested", _request(), "C-10"),
    ("granted", _request(), "C-10"),
    ("granted", _request(dsa_id="DSA", dsa_version="1"), "C-10"),
    ("requested", _request(consent_id="E83003-EMIS-1", effective_from="2026-01-01"), "C-17"),
    ("requested", _grant(replace(OFFICER, actor=" Liaison")), "C-5"),
    ("requested", _grant(OPS), "S2-2"),
    ("requested", _grant(LIAISON), "C-5"),
    ("requested", _grant(replace(LIAISON, actor="second liaison")), "S2-2"),
    ("requested", _grant(granted_by_role="RECEPTIONIST"), "G-3"),
    ("requested", _grant(granted_by_role="PRACTICE_MANAGER_DELEGATED"), "C-6"),
    ("requested", _grant(granted_by_name=""), "C-3"),
    ("requested", _grant(dsa_version=""), "C-3"),
    ("requested", _grant(dsa_version="9"), "C-8"),
    ("requested", _grant(dpa_id="NONE"), "C-8"),
    ("requested", _grant(effective_from="2025-01-31"), "C-7"),
    ("requested", _grant(effective_to="2025-03-10"), "G-5"),
    ("requested", _grant(granted_on="2025-03-02"), "C-14"),
    ("requested", _grant(granted_on="2025-03-04"), "C-15"),
    ("granted", _grant(replace(OFFICER, actor="third")), "S2-1"),
    ("granted", lambda office: office.on(LATER).resume("E83003-EMIS-1", "INCLUDE", SECOND), "S2-1"),
    ("granted", lambda o: o.on(LATER).end_request("E83003-EMIS-1", "REFUSED", OFFICER), "S2-1"),
    ("granted", lambda o: o.on(LATER).suspend("E83003-EMIS-1", LATER, replace(OFFICER, reason="")),
     "C-4"),
    ("granted", lambda o: o.on(LATER).supersede("E83003-EMIS-1", "E83003-EMIS-1", OFFICER), "C-16"),
    ("granted", _withdraw(LATER, notice_ref=""), "C-4"),
    ("granted", _withdraw(LATER, retention_instruction="KEEP"), "G-3"),
    ("granted", _withdraw(LATER, retention_instruction=""), "C-4"),
    ("granted", _withdraw(LATER, retention_instruction="ERASE_FROM_DATE"), "C-4"),
    ("granted", _withdraw(LATER, erase_from="2025-04-01"), "S2-6"),
    ("granted", _withdraw(MONDAY - timedelta(days=1)), "C-14"),
    ("suspended", lambda o: o.on(LATER).resume("E83003-EMIS-1", "INCLUDE", OFFICER), "S2-3"),
    ("suspended", lambda o: o.on(LATER).resume("E83003-EMIS-1", "", SECOND), "S2-5"),
    ("suspended", lambda o: o.on(LATER).resume(
        "E83003-EMIS-1", "INCLUDE", replace(SECOND, evidence_ref="")), "S2-5"),
    ("suspended", lambda o: o.on(LATER).resume(
        "E83003-EMIS-1", "INCLUDE", replace(SECOND, role="OPS")), "S2-2"),
    ("withdrawn", _withdraw(LATER), "S2-1"),
    ("withdrawn", lambda o: o.on(LATER).suspend("E83003-EMIS-1", LATER, OFFICER), "S2-1"),
    ("withdrawn", _grant(), "S2-1"),
    ("expired", lambda o: o.on(LATER).suspend("E83003-EMIS-1", LATER, OFFICER), "S2-8"),
    ("expired", _withdraw(LATER), "S2-8"),
]  # fmt: skip


def _prepare(office: Office, before: str) -> None:
    if before == "requested":
        office.on(MONDAY).request(ASKED, LIAISON)
    elif before != "nothing":
        ends = "2025-03-20" if before == "expired" else ""
        office.granted(effective_to=ends)
    if before == "suspended":
        office.on(IN_FORCE).suspend("E83003-EMIS-1", IN_FORCE, OFFICER)
    if before == "withdrawn":
        office.on(IN_FORCE).withdraw("E83003-EMIS-1", IN_FORCE, NOTICE, OFFICER)


@pytest.mark.parametrize(("before", "step", "rule"), REFUSED)
def test_a_step_a_rule_refuses_is_recorded_as_refused_and_nothing_else(
    office: Office, before: str, step: Callable[[Office], None], rule: str
) -> None:
    _prepare(office, before)
    events = office.register.events()
    stands = consents(office.register, LATER)
    with pytest.raises(Refused) as refusal:
        step(office)
    assert refusal.value.code == rule
    assert refusal.value.what.startswith(f"{rule} ")
    assert (refusal.value.done, bool(refusal.value.to_do)) == (
        "nothing recorded but this refusal",
        True,
    )
    added = office.register.events()[len(events) :]
    assert [(each.event_type, each.reason_code) for each in added] == [("refused", rule)]
    assert consents(office.register, LATER) == stands


def test_a_request_the_practice_refuses_ends_and_may_be_asked_again(office: Office) -> None:
    desk = office.on(MONDAY)
    first = desk.request(ASKED, LIAISON)
    desk.end_request(first, "REFUSED", OFFICER)
    assert office.reasons(MONDAY) == ("C_NONE",)
    assert desk.request(ASKED, LIAISON) == "E83003-EMIS-2"


def test_backdating_within_thirty_days_or_with_a_named_approver_is_taken(office: Office) -> None:
    name = office.granted(effective_from="2025-02-01")
    assert office.on(MONDAY).consent(name).effective_from == date(2025, 2, 1)
    office.on(LATER).withdraw(name, LATER, NOTICE, OFFICER)
    second = office.on(LATER).request(ASKED, LIAISON)
    signed = {**SIGNED, "granted_on": "2025-04-01", "effective_from": "2025-04-01"}
    kept = office.store.keep("DMS:1", second, HASH)
    early = {**signed, "effective_from": "2025-01-01"}
    with pytest.raises(Refused, match="C-7"):
        office.on(LATER).grant(second, early, kept, OFFICER)
    with pytest.raises(Refused, match="C-10"):
        approved = {**early, "backdating_approved_by": "guardian"}
        office.on(LATER).grant(second, approved, kept, OFFICER)
    office.on(LATER).grant(second, signed, kept, OFFICER)


@pytest.mark.parametrize(
    ("approver", "is_taken"),
    [
        ("another", True),
        (" GUARDIAN ", True),
        ("Caldicott guardian", False),  # nobody of that name
        ("otto", False),  # an officer of operations
        ("officer", False),  # who records it
    ],
)
def test_an_officer_of_governance_other_than_the_recorder_allows_backdating(
    office: Office, approver: str, *, is_taken: bool
) -> None:
    name = office.on(MONDAY).request(ASKED, LIAISON)
    kept = office.store.keep("DMS:1", name, HASH)
    signed = {**SIGNED, "effective_from": "2025-01-01", "backdating_approved_by": approver}
    if is_taken:
        office.on(MONDAY).grant(name, signed, kept, OFFICER)
        assert office.reasons(MONDAY) == ()
        return
    with pytest.raises(Refused, match="C-7"):
        office.on(MONDAY).grant(name, signed, kept, OFFICER)
    assert office.reasons(MONDAY) == ("C_REQUESTED",)


def test_a_withdrawal_dated_ahead_is_shown_and_holds_until_its_day(office: Office) -> None:
    name = office.granted()
    office.on(LATER).withdraw(name, date(2025, 5, 1), NOTICE, OFFICER)
    (shown,) = consents(office.register, LATER)
    assert shown.said == "EFFECTIVE, ends on 2025-05-01"
    assert office.reasons(date(2025, 4, 30)) == ()
    assert office.reasons(date(2025, 5, 1)) == ("C_WITHDRAWN",)
    assert consents(office.register, date(2025, 5, 1))[0].said == "WITHDRAWN"


@pytest.mark.parametrize(
    ("instruction", "erase_from"),
    [("STOP_ONLY", ""), ("ERASE", ""), ("ERASE_FROM_DATE", "2024-01-01")],
)
def test_a_withdrawal_keeps_what_the_practice_asks_for_its_data(
    office: Office, instruction: str, erase_from: str
) -> None:
    name = office.granted()
    told = {**NOTICE, "retention_instruction": instruction, "erase_from": erase_from}
    office.on(LATER).withdraw(name, LATER, told, OFFICER)
    row = office.on(LATER).consent(name).row
    assert (row["retention_instruction"], row["erase_from"]) == (instruction, erase_from)
    assert row["effective_to"] == "2025-04-01"


def test_a_consent_not_yet_in_force_and_a_mere_request_can_be_withdrawn(office: Office) -> None:
    name = office.granted()
    office.on(MONDAY).withdraw(name, MONDAY, NOTICE, OFFICER)
    assert office.reasons(IN_FORCE) == ("C_WITHDRAWN",)
    second = office.on(MONDAY).request(ASKED, LIAISON)
    office.on(MONDAY).withdraw(second, MONDAY, NOTICE, OFFICER)
    assert office.reasons(MONDAY) == ("C_WITHDRAWN",)


@pytest.mark.parametrize(("decision", "is_discarded"), [("INCLUDE", False), ("DISCARD", True)])
def test_data_dated_within_a_suspension_are_decided_when_it_is_lifted(
    office: Office, decision: str, is_discarded: bool
) -> None:
    name = office.granted()
    office.on(date(2025, 3, 20)).suspend(name, date(2025, 3, 20), OFFICER)
    assert office.reasons(date(2025, 3, 25)) == ("C_SUSPENDED",)
    office.on(LATER).resume(name, decision, SECOND)
    assert office.reasons(LATER) == ()
    assert office.reasons(date(2025, 3, 31)) == ("C_SUSPENDED",)
    consent = office.on(LATER).consent(name)
    days = [date(2025, 3, 19), date(2025, 3, 20), date(2025, 3, 31), LATER]
    assert [consent.discards(day) for day in days] == [False, is_discarded, is_discarded, False]


def test_operations_may_suspend_and_never_open(office: Office) -> None:
    name = office.granted()
    office.on(IN_FORCE).suspend(name, IN_FORCE, OPS)
    assert office.reasons(IN_FORCE) == ("C_SUSPENDED",)


def test_a_later_version_of_the_agreement_is_asked_for_and_takes_over_without_a_gap(
    office: Office,
) -> None:
    first = office.granted()
    asked = {**ASKED, "dsa_id": "DSA", "dsa_version": "2"}
    second = office.on(LATER).request(asked, LIAISON)
    signed = {**SIGNED, "granted_on": "2025-04-01", "effective_from": "2025-05-01"}
    kept = office.store.keep("DMS:2", second, HASH)
    office.on(LATER).grant(second, {**signed, "dsa_version": "2"}, kept, OFFICER)
    office.on(LATER).supersede(first, second, OFFICER)
    desk = office.on(LATER)
    assert desk.consent(first).state_on(date(2025, 4, 30)) == "EFFECTIVE"
    assert desk.consent(first).state_on(date(2025, 5, 1)) == "SUPERSEDED"
    assert [office.reasons(date(2025, 4, 30)), office.reasons(date(2025, 5, 1))] == [(), ()]
    assert desk.consent(first).row["superseded_by"] == second


def test_evidence_swapped_after_sign_off_closes_the_gate(office: Office, tmp_path: Path) -> None:
    """Fixture 7: the hash differs, the gate closes, and only the very form opens it again."""
    form = tmp_path / "signed form.PDF"
    form.write_bytes(b"signed by the partner")
    kept = office.store.keep(str(form), "E83003-EMIS-1")
    assert kept.sha256 == hashlib.sha256(b"signed by the partner").hexdigest()
    assert kept.reference == f"E83003-EMIS-1-{kept.sha256[:12]}.pdf"
    desk = office.on(MONDAY)
    name = desk.request(ASKED, LIAISON)
    desk.grant(name, SIGNED, kept, OFFICER)
    assert verify_evidence(office.register, office.store, IN_FORCE)[Found.WHOLE] == 1
    (stood,) = consents(office.register, IN_FORCE)
    (tmp_path / "evidence" / kept.reference).write_bytes(b"signed by nobody")
    before = len(office.register.events())
    for _again in range(2):
        assert verify_evidence(office.register, office.store, IN_FORCE)[Found.CHANGED] == 1
    (told,) = office.register.events()[before:]
    assert (told.entity_id, told.event_type, told.actor_role) == (name, "evidence_failed", "SYSTEM")
    assert "hash" in told.reason_text
    assert office.reasons(IN_FORCE) == ("C_EVIDENCE",)
    # the gate alone is shut; what the practice said stands
    (shut,) = consents(office.register, IN_FORCE)
    assert replace(shut.consent, evidence=()) == replace(stood.consent, evidence=())
    assert (shut.said, stood.said) == ("EFFECTIVE", "EFFECTIVE")
    consent = office.on(IN_FORCE).consent(name)
    other = office.store.keep("DMS:5", name, "b" * 64)
    with pytest.raises(Refused, match="S2-9"):
        confirm_evidence(office.register, consent, other, "officer", "found", IN_FORCE)
    again = office.store.keep(str(form), name)
    confirm_evidence(office.register, consent, again, "officer", "found again", LATER)
    assert office.reasons(LATER) == ()
    assert office.reasons(IN_FORCE) == ("C_EVIDENCE",)


def test_evidence_that_is_gone_closes_and_a_folder_out_of_reach_does_not(
    office: Office, tmp_path: Path
) -> None:
    form = tmp_path / "form.pdf"
    form.write_bytes(b"signed")
    kept = office.store.keep(str(form), "E83003-EMIS-1")
    desk = office.on(MONDAY)
    name = desk.request(ASKED, LIAISON)
    desk.grant(name, SIGNED, kept, OFFICER)
    folder = tmp_path / "evidence"
    folder.rename(tmp_path / "unmounted")
    with pytest.raises(Retry):
        verify_evidence(office.register, office.store, IN_FORCE)
    assert office.reasons(IN_FORCE) == ()
    folder.mkdir()
    assert verify_evidence(office.register, office.store, IN_FORCE)[Found.MISSING] == 1
    assert office.reasons(IN_FORCE) == ("C_EVIDENCE",)


def test_a_form_kept_elsewhere_needs_its_hash_and_a_file_must_be_there(office: Office) -> None:
    with pytest.raises(Refused, match="SHA-256"):
        office.store.keep("DMS:1", "x")
    with pytest.raises(Refused, match="not there"):
        office.store.keep("nowhere.pdf", "x")


def test_a_closed_practice_with_an_open_consent_is_pointed_out(office: Office) -> None:
    office.granted()
    assert consents(office.register, IN_FORCE)[0].findings == ()
    state = office.register.state()
    state.practices["E83003"] = replace(state.practices["E83003"], closed_from=IN_FORCE)
    assert consents(office.register, IN_FORCE)[0].findings == (
        "the practice is closed and its consent is open",
    )


def test_what_was_known_before_a_step_is_still_shown(office: Office) -> None:
    name = office.granted()
    known_at = office.register.events()[-1].recorded_at
    office.on(LATER).withdraw(name, LATER, NOTICE, OFFICER)
    from datetime import datetime  # noqa: PLC0415

    then = datetime.fromisoformat(known_at)
    assert consents(office.register, LATER, then)[0].said == "EFFECTIVE"
    assert consents(office.register, LATER)[0].said == "WITHDRAWN"
    assert len(history(office.register, name, then)) == 2
