"""Reviewed governance files: taken whole, once, or refused by rule and line."""

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.chain import gov_event
from lds_assets.gate.events import GENESIS, Event, canonical_json, event_hash
from lds_assets.gate.files import row_events
from lds_assets.gate.formats import file_forms
from tests.unit.gate.world import CONSENT, DAY, NOW, SEEDS, World

WISH = "practice_consent.csv"
ALLOWED = World()


def _register(folder: Path) -> Register:
    folder.mkdir(parents=True, exist_ok=True)
    return Register(connect(f"sqlite:///{folder / 'platform.db'}"), SEEDS, lambda: NOW)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return _register(tmp_path)


def _second(**cells: str) -> World:
    return ALLOWED.add(WISH, **{**CONSENT, "consent_id": "C-2", **cells})


FAULTY = [
    (ALLOWED.change(WISH, requested_on="2 January"), "G-3 form in requested_on (line 2)"),
    (ALLOWED.change(WISH, granted_on="2025-02-30"), "G-3 form in granted_on (line 2)"),
    (ALLOWED.change(WISH, purposes="FUN"), "G-3 form in purposes (line 2)"),
    (ALLOWED.change(WISH, evidence_sha256="abc"), "G-3 form in evidence_sha256 (line 2)"),
    (ALLOWED.change(WISH, state="APPROVED"), "G-3 form in state (line 2)"),
    (ALLOWED.change(WISH, practice_code="e83003"), "G-3 form in practice_code (line 2)"),
    (ALLOWED.change(WISH, extract_id=""), "G-2 empty in extract_id (line 2)"),
    (ALLOWED.add(WISH, **CONSENT), "G-4 the key occurs twice (line 2, 3)"),
    (ALLOWED.change(WISH, effective_to="2025-02-01"), "G-5 the interval ends before"),
    (ALLOWED.change(WISH, practice_code="E99999"), "P-1 the practice is not in the register"),
    (ALLOWED.change(WISH, supplier_code="VISION"), "C-1 the supplier is not live"),
    (ALLOWED.change("practice.csv", close_date="2024-12-31"), "C-2 the practice is closed"),
    (ALLOWED.change(WISH, effective_from=""), "C-3 a granted consent lacks a field"),
    (ALLOWED.change(WISH, evidence_ref=""), "C-3 a granted consent lacks a field"),
    (ALLOWED.change(WISH, granted_by_role=""), "C-3 a granted consent lacks a field"),
    (ALLOWED.change(WISH, state="WITHDRAWN"), "C-4 the state lacks a field"),
    (ALLOWED.change(WISH, state="SUSPENDED"), "C-4 the state lacks a field"),
    (ALLOWED.change(WISH, recorded_by="liaison"), "C-5 the requester may not record"),
    (
        ALLOWED.change(WISH, granted_by_role="PRACTICE_MANAGER_DELEGATED"),
        "C-6 a delegated signature needs",
    ),
    (ALLOWED.change(WISH, effective_from="2024-12-10"), "C-7 backdating beyond 30 days"),
    (ALLOWED.change(WISH, dsa_version="9"), "C-8 the agreement is not in the register"),
    (
        _second(effective_from="2026-01-31", effective_to=""),
        "C-10 overlaps another consent (line 2, 3)",
    ),
    (ALLOWED.change(WISH, evidence_ref="signed.pdf"), "C-11 the evidence file is missing"),
    (ALLOWED.change(WISH, evidence_ref="agreement.csv"), "C-12 the evidence file has another hash"),
    (ALLOWED.change(WISH, requested_on="2025-01-11"), "C-14 the days of its states run backwards"),
    (ALLOWED.change("dpia.csv", residual_risk="HIGH"), "A-1 a high residual risk"),
    (ALLOWED.change("agreement.csv", 1, controllers="NOBODY"), "A-2 a controller is not"),
    (ALLOWED.change("agreement.csv", 0, confidentiality_basis="S251"), "A-3 S251 needs"),
    (ALLOWED.change("dpia.csv", state="DRAFT"), "A-4 IN_FORCE needs"),
    (ALLOWED.change("agreement.csv", 0, article6=""), "G-2 empty in article6 (line 2)"),
    (ALLOWED.change("agreement.csv", 1, article9=" "), "G-2 empty in article9 (line 3)"),
    (ALLOWED.change("agreement.csv", 0, purposes="FUN"), "G-3 form in purposes (line 2)"),
    (ALLOWED.change("agreement.csv", 1, controllers="PRACTICES|QMJ"), "A-10 IN_FORCE needs"),
    (ALLOWED.change("agreement.csv", 0, processors="PLATFORM|HOST"), "A-10 IN_FORCE needs"),
    (ALLOWED.drop("agreement_party.csv", 1), "A-10 IN_FORCE needs"),
    (ALLOWED.change("agreement_party.csv", 1, signed_on="soon"), "A-10 IN_FORCE needs"),
    (ALLOWED.change("signoff.csv", 0, document_sha256="e" * 64), "A-5 the sign-off is not on"),
    (ALLOWED.change("signoff.csv", 4, document_sha256="e" * 64), "A-11 an approved assessment"),
    (ALLOWED.change("dpia.csv", document_sha256=""), "A-11 an approved assessment"),
    (ALLOWED.drop("signoff.csv", 5), "A-11 an approved assessment"),
    (ALLOWED.change("agreement_party.csv", 2, accession_ref=""), "A-12 who signs is no officer"),
    (ALLOWED.change("agreement_party.csv", 2, version="2"), "A-6 the agreement is not"),
    (ALLOWED.change("supplier_scope.csv", supplier_code="NEW"), "V-1 the supplier is not"),
]


@pytest.mark.parametrize(("world", "told"), FAULTY)
def test_a_file_with_one_bad_row_is_refused_whole_by_rule_and_line(
    register: Register, tmp_path: Path, world: World, told: str
) -> None:
    folder = world.write(tmp_path / "governance")
    with pytest.raises(Refused) as refusal:
        register.import_folder(folder)
    assert told in str(refusal.value)
    file = refusal.value.where.split(":")[0].removeprefix("governance/")
    entity = file_forms()[file].entity_type
    recorded = [event for event in register.events() if event.entity_type == entity]
    assert recorded == []
    assert register.events()[-1].entity_type == "governance_file"
    assert not register.land("E83003", "EMIS", DAY).is_allowed


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"practice_code": "G83001", "effective_from": ""}, r"C-3 .*\(line 3\)"),
        ({"effective_from": "2026-01-31", "effective_to": ""}, r"C-10 .*\(line 2, 3\)"),
    ],
)
def test_a_refused_file_leaves_the_last_good_version_in_force(
    register: Register, tmp_path: Path, cells: dict[str, str], told: str
) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    good = register.events()
    worse = _second(**cells).change(WISH, notes="new")
    with pytest.raises(Refused, match=told):
        register.import_folder(worse.write(tmp_path / "governance"))
    assert register.admitted("EMIS", DAY) == ["E83003"]
    # of the whole file nothing is recorded but that it was refused
    (refusal,) = register.events()[len(good) :]
    assert (refusal.entity_type, refusal.entity_id) == ("governance_file", f"governance/{WISH}")
    before = len(register.events())
    with pytest.raises(Refused):
        register.import_folder(tmp_path / "governance")
    assert len(register.events()) == before


def test_no_fault_quotes_a_cell(register: Register, tmp_path: Path) -> None:
    world = ALLOWED.change(WISH, state="Secretive", granted_by_name="Canary", requested_on="Canary")
    with pytest.raises(Refused) as refusal:
        register.import_folder(world.write(tmp_path / "governance"))
    assert "Canary" not in str(refusal.value) + repr(refusal.value)
    assert "Secretive" not in str(refusal.value) + repr(refusal.value)
    assert refusal.value.__cause__ is None
    assert "Canary" not in "".join(event.payload_json for event in register.events())


def _without(folder: Path, *columns: str) -> None:
    """Take columns out of the consents' file, as a file written before they were added."""
    with (folder / WISH).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    left = [name for name in rows[0] if name not in columns]
    with (folder / WISH).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, left, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_a_column_added_later_may_be_absent_and_is_read_as_empty(
    register: Register, tmp_path: Path
) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    _without(folder, "erase_from")
    register.import_folder(folder)
    assert register.admitted("EMIS", DAY) == ["E83003"]
    taken = [e for e in register.events() if e.entity_id == f"governance/{WISH}"][-1]
    assert taken.event_type == "file_imported"
    assert taken.payload == {"rows": 1, "columns_read_as_empty": ["erase_from"]}
    consent = register.state().consent("C-1")
    assert consent is not None
    assert consent.row["erase_from"] == ""
    # the same rows with the column say nothing new
    before = len(register.events())
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    added = register.events()[before:]
    assert [(each.entity_type, each.payload) for each in added] == [
        ("governance_file", {"rows": 1})
    ]


def test_a_row_recorded_before_a_column_came_is_no_change(
    register: Register, tmp_path: Path
) -> None:
    register.import_folder(ALLOWED.drop(WISH).write(tmp_path / "governance"))
    form = file_forms()[WISH]
    # as an older version recorded it: its row has no such cell
    older = {name: CONSENT.get(name, "") for name in form.names if name != "erase_from"}
    register.record(row_events(form, f"governance/{WISH}", older, register.state(), NOW))
    before = len(register.events())
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    assert [each.entity_type for each in register.events()[before:]] == ["governance_file"]


@pytest.mark.parametrize("column", ["notes", "effective_to", "consent_id"])
def test_any_other_column_must_be_there(register: Register, tmp_path: Path, column: str) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    _without(folder, "erase_from", column)
    with pytest.raises(Refused, match="G-1 the columns are not those of this file"):
        register.import_folder(folder)


@pytest.mark.parametrize("header", ["strange", "notes"])
def test_a_column_too_many_or_twice_refuses_the_file(
    register: Register, tmp_path: Path, header: str
) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    path = folder / WISH
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{lines[0]},{header}", f"{lines[1]},"]) + "\n", encoding="utf-8")
    with pytest.raises(Refused, match="G-1 the columns are not those of this file"):
        register.import_folder(folder)


def test_only_what_is_declared_so_may_be_absent() -> None:
    found = [
        (form.file, each.name)
        for form in file_forms().values()
        for each in form.columns
        if each.may_be_absent
    ]
    own = ("operational", "sub_icb", "pcn")
    days = [f"{name}_{end}" for name in own for end in ("from", "to")]
    lists = ("london_practices.csv", "practice.csv")
    assert found == [
        *((file, day) for file in lists for day in days),
        ("dpia.csv", "document_sha256"),
        (WISH, "erase_from"),
    ]


def test_an_assessment_from_before_its_text_was_told_opens_nothing_until_it_is(
    register: Register, tmp_path: Path
) -> None:
    """An upgrade closes the gate, the completed files open it."""
    recorded = [replace(each, payload_json=_without_text(each)) for each in ALLOWED.events()]
    prev_hash = GENESIS
    chain: list[Event] = []
    for each in recorded:
        told = replace(each, prev_hash=prev_hash)
        prev_hash = event_hash(prev_hash, vars(told))
        chain.append(replace(told, this_hash=prev_hash))
    with register._engine.begin() as connection:
        connection.execute(insert(gov_event), [vars(each) for each in chain])
    register.refresh()
    assert register.land("E83003", "EMIS", DAY).reasons == ("A_DPIA",)
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    assert register.land("E83003", "EMIS", DAY).reasons == ()


def _without_text(event: Event) -> str:
    payload = event.payload
    if event.entity_type == "dpia":
        del payload["row"]["document_sha256"]
    return canonical_json(payload)


def test_reading_the_same_files_again_changes_nothing(register: Register, tmp_path: Path) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    first = register.import_folder(folder)
    version = register.version()
    second = register.import_folder(folder)
    assert (first.unchanged, second.taken, second.events) == ((), (), 0)
    assert register.version() == version
    assert first.events == len(register.events())


def test_a_new_row_adds_only_its_own_events(register: Register, tmp_path: Path) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    before = len(register.events())
    more = _second(practice_code="G83001")
    report = register.import_folder(more.write(tmp_path / "governance"))
    added = register.events()[before:]
    assert report.taken == (WISH,)
    assert [(each.entity_id, each.to_state) for each in added] == [
        ("C-2", "REQUESTED"),
        ("C-2", "GRANTED"),
        (f"governance/{WISH}", ""),
    ]


def test_a_row_that_turns_withdrawn_adds_one_move(register: Register, tmp_path: Path) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    before = len(register.events())
    gone = ALLOWED.change(
        WISH,
        state="WITHDRAWN",
        effective_to="2025-06-16",
        notice_ref="N-1",
        retention_instruction="STOP_ONLY",
    )
    register.import_folder(gone.write(tmp_path / "governance"))
    added = register.events()[before:]
    assert [(each.from_state, each.to_state) for each in added[:-1]] == [("GRANTED", "WITHDRAWN")]
    assert register.land("E83003", "EMIS", DAY).reasons == ("C_WITHDRAWN",)


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"state": "GRANTED", "effective_to": ""}, "C-13"),
        ({"purposes": "DIRECT_CARE"}, "C-13"),
        ({"practice_code": "G83001"}, "C-13"),
        ({"effective_from": "2025-01-15"}, "C-13"),
        ({"state": "REQUESTED"}, "C-9"),
    ],
)
def test_a_recorded_consent_takes_no_other_terms_and_goes_back_to_no_state(
    register: Register, tmp_path: Path, cells: dict[str, str], rule: str
) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    with pytest.raises(Refused, match=rule):
        register.import_folder(ALLOWED.change(WISH, 0, **cells).write(tmp_path / "governance"))


def test_a_suspension_is_not_lifted_by_a_file(register: Register, tmp_path: Path) -> None:
    held = ALLOWED.change(WISH, state="SUSPENDED", state_from="2025-06-01", void_reason="asked")
    register.import_folder(held.write(tmp_path / "governance"))
    with pytest.raises(Refused, match="C-9"):
        register.import_folder(ALLOWED.write(tmp_path / "governance"))


def test_a_consent_overlapping_one_of_the_register_is_refused(
    register: Register, tmp_path: Path
) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    other = ALLOWED.change(WISH, consent_id="C-2", effective_from="2025-12-31", effective_to="")
    with pytest.raises(Refused, match="C-10 overlaps a consent of the register"):
        register.import_folder(other.write(tmp_path / "other"), "other")
    after = ALLOWED.change(WISH, consent_id="C-2", effective_from="2026-02-01", effective_to="")
    register.import_folder(after.write(tmp_path / "third"), "third")


def test_evidence_beside_the_file_is_hashed(register: Register, tmp_path: Path) -> None:
    folder = tmp_path / "governance"
    folder.mkdir()
    (folder / "signed.pdf").write_bytes(b"signed")
    good = hashlib.sha256(b"signed").hexdigest()
    world = ALLOWED.change(WISH, evidence_ref="signed.pdf", evidence_sha256=good)
    register.import_folder(world.write(folder))
    assert register.land("E83003", "EMIS", DAY).is_allowed


def test_evidence_outside_the_folder_is_not_evidence(register: Register, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(b"signed")
    good = hashlib.sha256(b"signed").hexdigest()
    world = ALLOWED.change(WISH, evidence_ref="../signed.pdf", evidence_sha256=good)
    with pytest.raises(Refused, match="C-11 the evidence file is missing"):
        register.import_folder(world.write(tmp_path / "governance"))


def test_the_same_entity_in_two_folders_does_not_swing(register: Register, tmp_path: Path) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "one"), "one")
    register.import_folder(ALLOWED.change("supplier.csv", notes="x").write(tmp_path / "two"), "two")
    version = register.version()
    for name in ("one", "two", "one"):
        register.import_folder(tmp_path / name, name)
    assert register.version() == version
    grown = ALLOWED.add(
        "supplier.csv", supplier_code="NEW", supplier_name="n", mechanism_id="m", extract_id="e"
    )
    register.import_folder(grown.write(tmp_path / "one"), "one")
    recorded = [each.entity_id for each in register.events() if each.entity_type == "supplier"]
    assert recorded == ["EMIS", "EMIS", "NEW"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "supplier_code,scope\nEMIS,IN\n",
            "G-1 the columns are not those of this file: lacks basis",
        ),
        (
            ",".join(["supplier", *file_forms()["supplier_scope.csv"].names[1:]]) + "\n",
            "G-1 the columns are not those of this file: lacks supplier_code, 1 it does not know",
        ),
        ("", "G-1 the columns"),
        (",".join(file_forms()["supplier_scope.csv"].names) + "\nEMIS,IN\n", "G-1 a row has"),
    ],
)
def test_another_header_or_a_ragged_row_refuses_the_file(
    register: Register, tmp_path: Path, text: str, told: str
) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    (folder / "supplier_scope.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=told):
        register.import_folder(folder)


def test_a_file_that_is_not_utf8_is_refused(register: Register, tmp_path: Path) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    (folder / "supplier.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused, match="G-1 the file is not UTF-8"):
        register.import_folder(folder)


def test_a_misspelt_file_is_reported_and_not_read(register: Register, tmp_path: Path) -> None:
    folder = ALLOWED.write(tmp_path / "governance")
    (folder / "practice_consents.csv").write_text("a\n", encoding="utf-8")
    assert register.import_folder(folder).unknown == ("practice_consents.csv",)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("E83003", "G83001", "MERGER"), ("G83001", "E83003", "MERGER")], "P-3"),
        ([("E83003", "G83001", "MERGER"), ("E83003", "G83002", "MERGER")], "P-4"),
        ([("E83003", "G83001", "SPLIT"), ("E83003", "G83002", "SPLIT")], ""),
    ],
)
def test_successions_run_forward_and_branch_only_when_split(
    register: Register, tmp_path: Path, rows: list[tuple[str, str, str]], told: str
) -> None:
    world = ALLOWED
    for predecessor, successor, kind in rows:
        world = world.add(
            "practice_succession.csv",
            predecessor=predecessor,
            successor=successor,
            kind=kind,
            effective_on="2025-04-01",
            source="ODS",
            evidence_ref="ODS:1",
        )
    folder = world.write(tmp_path / "governance")
    if told:
        with pytest.raises(Refused, match=told):
            register.import_folder(folder)
    else:
        register.import_folder(folder)
        assert len(register.state().successions) == 2


def test_two_boards_on_one_day_are_refused(register: Register, tmp_path: Path) -> None:
    world = ALLOWED
    for target, begins in (("QMJ", "2022-07-01"), ("QKK", "2025-01-01")):
        world = world.add(
            "practice_relationship.csv",
            practice_code="E83003",
            target_code=target,
            kind="ICB",
            valid_from=begins,
            source="ODS",
        )
    with pytest.raises(Refused, match=r"P-2 two of a kind on one day \(line 2, 3\)"):
        register.import_folder(world.write(tmp_path / "governance"))


def test_the_guide_names_every_column_of_every_file() -> None:
    guide = (SEEDS / "governance" / "README.md").read_text(encoding="utf-8")
    guide += (SEEDS / "organisation" / "README.md").read_text(encoding="utf-8")
    missing = [
        f"{name}: {column}"
        for name, form in file_forms().items()
        for column in form.names
        if column not in guide
    ]
    assert missing == []
    assert [name for name in file_forms() if name not in guide] == []


def test_every_shipped_mechanism_named_by_a_supplier_is_in_the_mechanism_list() -> None:
    def column(file: str, name: str) -> set[str]:
        path = SEEDS / "governance" / file
        with path.open(encoding="utf-8", newline="") as opened:
            return {row[name] for row in csv.DictReader(opened)}

    mechanisms = column("integration_mechanism.csv", "mechanism_id")
    assert column("supplier.csv", "mechanism_id") <= mechanisms
    assert column("supplier_capability.csv", "mechanism_id") <= mechanisms


# -- claims of capability


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"readiness": "TESTED"}, "V-2"),
        ({"claim": "NONE"}, "V-2"),
        ({"mechanism_id": "IM1-TXN-EMIS"}, "V-2"),
        ({"evidence_ref": "GOV:2"}, "V-2"),
        ({"evidence_date": "2025-01-02"}, "V-2"),
        ({"stated_by": "EMIS"}, "V-2"),
        ({"expires_on": "2026-12-31"}, "V-2"),
        ({"contradicts_claim_id": "CAP-9"}, "V-3"),
        ({"notes": "read again"}, ""),
    ],
)
def test_a_claim_is_not_altered_under_its_id(
    register: Register, tmp_path: Path, cells: dict[str, str], rule: str
) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    before = register.state().capabilities
    other = ALLOWED.change("supplier_capability.csv", 0, **cells).write(tmp_path / "governance")
    if not rule:
        register.import_folder(other)
        return
    with pytest.raises(Refused) as fault:
        register.import_folder(other)
    assert fault.value.code == rule
    assert f"{rule} " in fault.value.where
    assert "(line 2)" in fault.value.where
    assert register.state().capabilities == before


def test_a_contradicting_claim_is_another_one_and_both_are_kept(
    register: Register, tmp_path: Path
) -> None:
    register.import_folder(ALLOWED.write(tmp_path / "governance"))
    claim = ALLOWED.rows["supplier_capability.csv"][0]
    newer = {**claim, "claim_id": "CAP-2", "claim": "NONE", "contradicts_claim_id": "CAP-1"}
    both = ALLOWED.change("supplier_capability.csv", contradicts_claim_id="CAP-2")
    register.import_folder(both.add("supplier_capability.csv", **newer).write(tmp_path / "two"))
    told = {each.claim_id: each.claim for each in register.state().capabilities.values()}
    assert told == {"CAP-1": "BULK", "CAP-2": "NONE"}
    again = both.change("supplier_capability.csv", contradicts_claim_id="")
    with pytest.raises(Refused, match="V-2"):
        register.import_folder(again.write(tmp_path / "three"), "three")
