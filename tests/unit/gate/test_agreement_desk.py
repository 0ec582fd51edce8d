"""An agreement from draft to end: its guards, and what of it closes the gate (S3)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.gate.agreement_desk import AgreementDesk, sha256_of
from lds_assets.gate.agreement_view import agreements, view
from lds_assets.gate.agreements import review_notice
from lds_assets.gate.variation_desk import Signature
from tests.unit.gate.desk import Office, office_of, template_of
from tests.unit.gate.world import DOCUMENT, World

TODAY = date(2025, 6, 16)
OFFICER = Signature("officer", "IG_OFFICER")
TERMS = {
    "agreement_id": "DSA",
    "version": "2",
    "kind": "DSA",
    "title": "Framework",
    "controllers": "PRACTICES|QMJ",
    "processors": "PLATFORM",
    "purposes": "SECONDARY_USE",
    "article6": "6(1)(e)",
    "article9": "9(2)(h)",
    "confidentiality_basis": "IMPLIED_CONSENT",
    "consent_model": "PRACTICE_OPT_IN",
    "retention_days": "3650",
    "return_or_destroy": "DESTROY",
    "valid_from": "2025-06-01",
    "review_on": "2027-01-01",
    "dpia_id": "NEW",
    "signoffs_needed": "DPO|CALDICOTT",
}
ASSESSED = {
    "dpia_id": "NEW",
    "version": "1",
    "state": "APPROVED",
    "residual_risk": "MED",
    "review_on": "2027-01-01",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_of(tmp_path_factory.mktemp("template"), World())


@pytest.fixture
def office(template: Path, tmp_path: Path, database: str) -> Office:
    (tmp_path / "agreement.pdf").write_bytes(b"the text all sign")
    return office_of(template, tmp_path, database)


def _desk(office: Office) -> AgreementDesk:
    return AgreementDesk(office.register, TODAY)


def _document(office: Office) -> Path:
    return office.folder / "agreement.pdf"


def _record(office: Office, **cells: str) -> None:
    _desk(office).record({**TERMS, **cells}, _document(office), OFFICER)


def _sign_off(office: Office, kind: str, decision: str, on: str = "2025-06-10") -> None:
    desk = _desk(office)
    cells = {"kind": kind, "decision": decision, "signed_by": "somebody", "signed_on": on}
    desk.sign_off(desk.agreement("DSA", "2"), cells, _document(office), OFFICER)


def _accede(office: Office, org: str, **told: str) -> None:
    desk = _desk(office)
    cells = {"org_code": org, "role": "CONTROLLER", "signed_by": "x", "signed_on": "2025-06-10"}
    cells |= {"accession_ref": "DMS:4"} | told
    desk.accede(desk.agreement("DSA", "2"), cells, OFFICER)


def _assess(office: Office, state: str, text: str = "", **cells: str) -> None:
    """Record the assessment in a state, of a text or of the one on record."""
    document = office.folder / "assessment.pdf"
    if text:
        document.write_text(text)
    told = {**ASSESSED, "state": state, **cells}
    _desk(office).assess(told, document if text else None, OFFICER)


def _sign_off_assessment(office: Office, *kinds: str, document: str = "assessment.pdf") -> None:
    for kind in kinds:
        decision = "ADVICE_GIVEN" if kind == "DPO" else "APPROVED"
        cells = {"kind": kind, "decision": decision, "signed_by": "x", "signed_on": "2025-06-10"}
        desk = _desk(office)
        desk.sign_off_assessment(("NEW", "1"), cells, office.folder / document, OFFICER)


def _move(office: Office, state: str, reason: str = "") -> None:
    desk = _desk(office)
    desk.move(desk.agreement("DSA", "2"), state, replace(OFFICER, reason=reason))


def _lacking(office: Office) -> tuple[str, ...]:
    state = office.register.state()
    return view(state.agreements["DSA", "2"], state, TODAY).lacking


def test_an_agreement_is_in_force_once_signed_assessed_and_signed_off(office: Office) -> None:
    _record(office)
    assert _lacking(office) == (
        "not signed by PLATFORM, QMJ",
        "assessment NEW is not in the register",
        "no sign-off of the present document: CALDICOTT, DPO",
    )
    with pytest.raises(Refused, match="A-7 not yet to be in force: not signed by PLATFORM, QMJ"):
        _move(office, "IN_FORCE")
    last = office.register.events()[-1]
    assert (last.event_type, last.reason_code) == ("refused", "A-7")
    high = {"residual_risk": "HIGH", "art36_ref": "ICO:1"}
    _assess(office, "DRAFT", "what may happen", **high)
    _sign_off_assessment(office, "DPO", "SIRO")
    assert "assessment NEW is DRAFT" in _lacking(office)
    _assess(office, "APPROVED", **high)
    for org in ("PLATFORM", "QMJ"):
        _accede(office, org)
    _sign_off(office, "CALDICOTT", "APPROVED")
    assert _lacking(office) == ("no sign-off of the present document: DPO",)
    _sign_off(office, "DPO", "ADVICE_GIVEN")
    _move(office, "SIGNED")
    _move(office, "IN_FORCE")
    assert _lacking(office) == ()
    assert office.register.state().agreements["DSA", "2"].state_on(TODAY) == "IN_FORCE"


def test_a_changed_document_lapses_its_sign_offs(office: Office) -> None:
    _record(office)
    _sign_off(office, "CALDICOTT", "APPROVED")
    _sign_off(office, "DPO", "ADVICE_GIVEN")
    assert not any("sign-off" in each for each in _lacking(office))
    earlier = office.folder / "earlier.pdf"
    earlier.write_bytes(_document(office).read_bytes())
    _document(office).write_bytes(b"another text")
    _record(office)
    assert "no sign-off of the present document: CALDICOTT, DPO" in _lacking(office)
    desk = _desk(office)
    cells = {"kind": "DPO", "decision": "ADVICE_GIVEN", "signed_by": "x", "signed_on": "2025-06-10"}
    with pytest.raises(Refused, match="A-5"):
        desk.sign_off(desk.agreement("DSA", "2"), cells, earlier, OFFICER)


REFUSED: list[tuple[Callable[[Office], object], str]] = [
    (lambda office: _record(office, article6=""), "G-2"),
    (lambda office: _record(office, article9=""), "G-2"),
    (lambda office: _record(office, purposes="MARKETING"), "G-3"),
    (lambda office: _record(office, controllers="NOBODY"), "A-2"),
    (lambda office: _record(office, confidentiality_basis="S251"), "A-3"),
    (lambda office: _record(office, valid_to="2025-06-01"), "G-5"),
    (lambda office: _record(office, colour="red"), "G-1"),
    (lambda office: _record(office, version="1"), "A-8"),
    (lambda office: _assess(office, "DRAFT", "text", residual_risk="HIGH"), "A-1"),
    (lambda office: _assess(office, "APPROVED", "text"), "A-11"),
    (lambda office: _assess(office, "REVIEW_DUE", "text"), "A-11"),
    (lambda office: _desk(office).record(TERMS, _document(office), replace(OFFICER, role="DPO")),
     "S3-1"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "rule"), REFUSED)
def test_what_a_rule_refuses_is_on_record_and_changes_nothing(
    office: Office, step: Callable[[Office], object], rule: str
) -> None:
    before, stands = office.register.events(), agreements(office.register, TODAY)
    with pytest.raises(Refused) as refusal:
        step(office)
    assert refusal.value.code == rule
    added = office.register.events()[len(before) :]
    assert [(each.event_type, each.reason_code) for each in added] == [("refused", rule)]
    assert agreements(office.register, TODAY) == stands


@pytest.mark.parametrize(("kind", "decision"), [("DPO", "APPROVED"), ("CALDICOTT", "ADVICE_GIVEN")])
def test_the_data_protection_officer_advises_and_the_others_decide(
    office: Office, kind: str, decision: str
) -> None:
    _record(office)
    with pytest.raises(Refused, match="A-9"):
        _sign_off(office, kind, decision)


def test_suspending_closes_from_its_day_and_the_days_before_stay_as_they_were(
    office: Office,
) -> None:
    desk = AgreementDesk(office.register, TODAY)
    agreement = desk.agreement("DSA", "1")
    for state, rule in (("SUSPENDED", "S0-3"), ("ENDED", "S3-3")):
        with pytest.raises(Refused, match=rule):
            desk.move(agreement, state, OFFICER)
    desk.move(agreement, "SUSPENDED", replace(OFFICER, reason="incident"))
    assert office.reasons(date(2025, 6, 15)) == ()
    assert office.reasons(TODAY) == ("A_DSA_NONE",)
    desk.move(agreement, "IN_FORCE", OFFICER)
    assert office.reasons(TODAY) == ()
    desk.move(agreement, "ENDED", replace(OFFICER, reason="replaced"))
    with pytest.raises(Refused, match="A-8"):
        desk.move(agreement, "IN_FORCE", OFFICER)


def test_a_named_controller_that_has_not_signed_closes_the_gate() -> None:
    world = World().change("agreement.csv", 0, controllers="PRACTICES|QMJ")
    assert world.decide().reasons == ("A_NOT_PARTY",)


def test_an_assessment_being_rewritten_leaves_the_approved_one_in_force() -> None:
    row = {**World().rows["dpia.csv"][0], "version": "2", "state": "DRAFT"}
    world = World().add("dpia.csv", **row)
    assert world.decide().is_allowed
    assert world.change("dpia.csv", 0, state="SUPERSEDED").decide().reasons == ("A_DPIA",)


def test_an_assessment_is_approved_on_the_text_that_was_signed_off(office: Office) -> None:
    _assess(office, "DRAFT", "first text")
    _sign_off_assessment(office, "DPO")
    with pytest.raises(Refused, match="A-11"):
        _assess(office, "APPROVED")
    _sign_off_assessment(office, "ICB_IG")
    _assess(office, "APPROVED")
    known = office.register.state().dpias["NEW"][1]
    assert known.is_approved
    # another text is not what they signed
    (office.folder / "signed.pdf").write_text("first text")
    with pytest.raises(Refused, match="A-11"):
        _assess(office, "APPROVED", "second text")
    _assess(office, "DRAFT", "second text")
    with pytest.raises(Refused, match="A-5"):
        _sign_off_assessment(office, "DPO", document="signed.pdf")
    _sign_off_assessment(office, "DPO", "CALDICOTT")
    _assess(office, "APPROVED")
    again = office.register.state().dpias["NEW"][1]
    assert again.is_approved
    assert again.document_sha256 != known.document_sha256


def test_an_assessment_that_nobody_knows_is_not_signed_off(office: Office) -> None:
    (office.folder / "assessment.pdf").write_text("text")
    for version in ("1", "one"):
        cells = {"kind": "DPO", "decision": "ADVICE_GIVEN", "signed_by": "x"}
        with pytest.raises(Refused, match="A-5"):
            _desk(office).sign_off_assessment(
                ("NEW", version),
                {**cells, "signed_on": "2025-06-10"},
                office.folder / "assessment.pdf",
                OFFICER,
            )


def test_what_an_assessment_lacks_is_said() -> None:
    world = World()
    said = {
        "is DRAFT": world.change("dpia.csv", state="DRAFT"),
        "names no document (document_sha256) that was signed off": world.change(
            "dpia.csv", document_sha256=""
        ),
        "has no sign-off of its present text: DPO": world.drop("signoff.csv", 4),
        "has no sign-off of its present text: SIRO or ICB_IG or CALDICOTT": world.drop(
            "signoff.csv", 5
        ),
        "has no sign-off of its present text: DPO, SIRO or ICB_IG or CALDICOTT": world.change(
            "dpia.csv", document_sha256="f" * 64
        ),
        "has no sign-off of its present text: CALDICOTT (rejected)": world.add(
            "signoff.csv",
            **{**world.rows["signoff.csv"][5], "kind": "CALDICOTT", "decision": "REJECTED"},
        ),
    }
    for text, changed in said.items():
        state = changed.state()
        assert view(state.agreements["DSA", "1"], state, TODAY).lacking == (
            f"assessment DPIA {text}",
        )


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"accession_ref": ""}, "A-12"),
        ({"accession_ref": " "}, "A-12"),
        # an officer, of another organisation
        ({"accession_ref": "", "signed_by": "sponsor"}, "A-12"),
        ({"signed_by": " OFFICER "}, "A-13"),
    ],
)
def test_a_signature_is_told_with_its_proof_and_by_another(
    office: Office, told: dict[str, str], rule: str
) -> None:
    _record(office)
    with pytest.raises(Refused) as refusal:
        _accede(office, "PLATFORM", **told)
    assert refusal.value.code == rule
    assert office.register.events()[-1].reason_code == rule
    assert "not signed by PLATFORM, QMJ" in _lacking(office)


def test_an_officer_of_the_organisation_signs_for_it_without_a_letter(office: Office) -> None:
    _record(office)
    _accede(office, "QMJ", accession_ref="", signed_by="Sponsor")
    _accede(office, "PLATFORM", accession_ref="", signed_by="programme")
    assert not any("not signed" in each for each in _lacking(office))


def test_a_later_rejection_takes_the_place_of_an_approval_from_its_day() -> None:
    row = {**World().rows["signoff.csv"][1], "decision": "REJECTED", "signed_on": "2025-06-16"}
    form = World().rows
    world = World({**form, "signoff.csv": [*form["signoff.csv"], row]})
    assert world.decide(date(2025, 6, 15)).is_allowed
    assert world.decide(TODAY).reasons == ("A_SIGNOFF",)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2025, 3, 17), ""),
        (date(2025, 3, 18), "review of X is due on 2025-06-16"),
        (date(2025, 5, 17), "review of X is due on 2025-06-16, within 30 days"),
        (date(2025, 6, 16), "review of X was due on 2025-06-16; the gate closes on 2025-08-15"),
    ],
)
def test_a_review_is_warned_of_ninety_and_thirty_days_before_and_after(
    day: date, said: str
) -> None:
    assert review_notice("X", date(2025, 6, 16), day) == said


def test_what_organisations_are_registered_for_is_shown_with_their_agreements() -> None:
    world = World({**World().rows, "ico_registration.csv": [
        {"org_code": "PLATFORM", "number": "Z1", "expires_on": "2025-06-17"}],
        "dspt.csv": [{"org_code": "PLATFORM", "year": "2024-25", "status": "STANDARDS_MET"}],
    })  # fmt: skip
    state = world.state()
    agreement = state.agreements["DSA", "1"]
    assert agreement.document_sha256 == DOCUMENT
    assert view(agreement, state, TODAY).warnings == ()
    assert view(agreement, state, date(2025, 6, 17)).warnings == (
        "registration of PLATFORM with the Information Commissioner expired on 2025-06-17",
    )
    state.dspt["PLATFORM"]["2025-26"] = replace(
        state.dspt["PLATFORM"]["2024-25"], year="2025-26", status="NOT_MET"
    )
    assert view(agreement, state, TODAY).warnings == (
        "security toolkit of PLATFORM: NOT_MET in 2025-26",
    )


def test_the_hash_of_a_document_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the document is not there"):
        sha256_of(tmp_path / "none.pdf")
