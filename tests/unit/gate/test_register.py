"""The register as shipped, and the front door of the gate."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from lds_assets.database import connect
from lds_assets.gate import Register, explain
from lds_assets.gate.decisions import gate_decision
from tests.unit.gate.world import CONSENT, DAY, NOW, SEEDS, World

#: As long as a ledger's id may be: PostgreSQL cuts nothing, it refuses.
LONG_ID = "emis/" + "a" * 395
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Register:
    path = tmp_path_factory.mktemp("register") / "platform.db"
    register = Register(connect(f"sqlite:///{path}"))
    register.bootstrap(SEEDS)
    return register


@pytest.fixture
def register(database: str) -> Iterator[Register]:
    engine = connect(database)
    yield Register(engine, SEEDS, lambda: NOW)
    engine.dispose()


def test_the_shipped_register_holds_all_london_and_admits_nobody(shipped: Register) -> None:
    state = shipped.state()
    assert len(state.practices) == 1509
    assert {code: len(shipped.refusals(code, TODAY)) for code in ("EMIS", "TPP", "MEDICUS")} == {
        "EMIS": 913,
        "TPP": 218,
        "MEDICUS": 3,
    }
    assert shipped.admitted("EMIS", TODAY) == shipped.admitted("TPP", TODAY) == []


@pytest.mark.parametrize(
    ("supplier", "reasons"),
    [
        ("emis", ()),
        ("TPP", ()),
        ("VISION", ("V_EXCLUDED", "V_MECHANISM_NOT_BULK")),
        ("MEDICUS", ("V_NOT_LIVE", "V_MECHANISM_NOT_BULK")),
        ("OTHER", ("V_SUPPLIER_UNKNOWN",)),
    ],
)
def test_a_supplier_is_judged_before_any_of_its_files_is_opened(
    shipped: Register, supplier: str, reasons: tuple[str, ...]
) -> None:
    assert shipped.decide_supplier(supplier, TODAY).reasons == reasons


def test_two_contradicting_claims_are_both_kept(shipped: Register) -> None:
    claims = shipped.state().capabilities
    told = [each for each in claims.values() if each.contradicts_claim_id]
    assert {each.contradicts_claim_id for each in told} == {each.claim_id for each in told}
    assert {each.stated_by for each in told} == {"Programme", "Medicus"}


def test_seeding_again_changes_nothing(shipped: Register) -> None:
    version = shipped.version()
    assert shipped.bootstrap(SEEDS).events == 0
    assert shipped.version() == version


def test_opening_folding_and_deciding_for_all_london_takes_under_a_second(
    shipped: Register,
) -> None:
    began = time.process_time()
    fresh = Register(shipped._engine)
    answers = [fresh.land(code, "EMIS", TODAY) for code in fresh.state().practices]
    assert len(answers) == 1509
    assert time.process_time() - began < 1.0


def test_a_practice_of_the_open_list_is_dated_by_its_sources(shipped: Register) -> None:
    state = shipped.state()
    assert state.system_on("E83003", date(2025, 11, 30)) is None
    system = state.system_on("E83003", date(2025, 12, 1))
    assert system is not None
    assert system.supplier_code == "EMIS"
    size = state.list_size_on("E83003", TODAY)
    assert size is not None
    assert (size.as_at, size.registered_count) == (date(2022, 5, 1), 9208)
    assert state.board_on("E83003", date(2026, 3, 31)) == "QMJ"
    assert state.board_on("E83003", date(2026, 4, 1)) == "Z9B2Z"


def test_a_reviewed_system_row_replaces_the_open_list(shipped: Register, tmp_path: Path) -> None:
    twin = Register(connect(f"sqlite:///{tmp_path / 'twin.db'}"))
    twin.bootstrap(SEEDS)
    (tmp_path / "practice_system.csv").write_text(
        "practice_code,supplier_code,supplier_org_id,agreement_id,go_live_on,ended_on\n"
        "E83003,TPP,7,,2015-01-01,\n",
        encoding="utf-8",
    )
    twin.import_folder(tmp_path)
    system = twin.state().system_on("E83003", TODAY)
    assert system is not None
    assert (system.supplier_code, system.supplier_org_id) == ("TPP", "7")


def test_admitted_practices_keep_their_order_when_more_join(
    register: Register, tmp_path: Path
) -> None:
    register.import_folder(World().write(tmp_path / "governance"))
    assert register.admitted("emis", DAY) == ["E83003"]
    party = World().rows["agreement_party.csv"][0]
    # a code that sorts first joins later, and stands behind
    practice = {**World().rows["practice.csv"][0], "practice_code": "A83001"}
    more = World().add("practice.csv", **practice)
    more = more.add("practice_system.csv", practice_code="A83001", supplier_code="EMIS")
    more = more.change("practice_system.csv", 2, go_live_on="2015-01-01")
    for kind in ("DSA", "DPA"):
        more = more.add(
            "agreement_party.csv", **{**party, "agreement_id": kind, "org_code": "A83001"}
        )
    wish = {**CONSENT, "consent_id": "C-0", "practice_code": "A83001"}
    rows = [wish, *more.rows["practice_consent.csv"]]
    World({**more.rows, "practice_consent.csv": rows}).write(tmp_path / "governance")
    register.import_folder(tmp_path / "governance")
    assert register.admitted("EMIS", DAY) == ["E83003", "A83001"]
    assert [each.question.practice_code for each in register.refusals("EMIS", DAY)] == ["G83001"]


def test_answers_are_kept_with_the_version_they_rest_on(register: Register, tmp_path: Path) -> None:
    register.import_folder(World().write(tmp_path / "governance"))
    answers = [register.land(code, "EMIS", DAY) for code in ("E83003", "G83001")]
    for _again in range(2):
        assert register.record_decisions(answers, "run-1", LONG_ID) == 2
    with register._engine.connect() as connection:
        rows = list(connection.execute(select(gate_decision)).mappings())
    assert [(row["practice_code"], row["outcome"], row["reasons_json"]) for row in rows] == [
        ("E83003", "allow", "[]"),
        ("G83001", "deny", '["C_NONE"]'),
    ]
    assert {row["register_version"] for row in rows} == {register.version()}
    assert {row["evaluated_at"] for row in rows} == {"2025-01-20T09:00:00+00:00"}


def test_what_the_supplier_shows_closes_the_gate_and_is_recorded_once(
    register: Register, tmp_path: Path
) -> None:
    register.import_folder(World().write(tmp_path / "governance"))
    on = date(2025, 6, 10)
    assert register.observe_supplier_sides({"E83003": "DISABLED"}, "emis", on, "delivery 1")
    assert not register.observe_supplier_sides({"E83003": "DISABLED"}, "EMIS", DAY, "delivery 2")
    assert register.land("E83003", "EMIS", date(2025, 6, 9)).is_allowed
    assert register.land("E83003", "EMIS", on).reasons == ("S_DISABLED",)
    assert register.observe_supplier_sides({"E83003": "ACTIVE"}, "EMIS", DAY, "delivery 3")
    assert register.land("E83003", "EMIS", DAY).is_allowed


def test_why_walks_the_chain_and_names_who_acts(shipped: Register) -> None:
    told = explain(shipped, "g83024", TODAY)
    assert told.headline == "G83024 may not be landed on 2026-11-21: V_NOT_LIVE"
    failing = [(link.reasons[0], link.owner_role) for link in told.links if not link.holds]
    assert failing == [("V_NOT_LIVE", "ICB_SPONSOR"), ("C_NONE", "PRACTICE_LIAISON")]
    reasons = [code for link in told.links for code in link.reasons]
    assert sorted(reasons) == sorted(told.decision.reasons)


def test_why_says_since_when_and_on_what_evidence(register: Register, tmp_path: Path) -> None:
    register.import_folder(World().write(tmp_path / "governance"))
    told = explain(register, "E83003", DAY)
    assert told.headline == "E83003 may be landed on 2025-06-16"
    assert all(link.holds for link in told.links)
    consent = told.links[4]
    assert (consent.state, consent.since, consent.evidence) == (
        "EFFECTIVE",
        date(2025, 2, 1),
        "DMS:1",
    )


def test_why_answers_for_a_code_nobody_knows(shipped: Register) -> None:
    told = explain(shipped, "nonsense", TODAY, supplier="EMIS")
    assert told.decision.reasons == ("P_MALFORMED",)
    assert [link.reasons for link in told.links if not link.holds] == [("P_MALFORMED",)]
