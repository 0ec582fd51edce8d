"""The register's chain: what it refuses, and how a change to it shows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from lds_assets.database import connect
from lds_assets.errors import Refused, Retry
from lds_assets.gate import Register, chain
from lds_assets.gate.events import NewEvent, day_start, london_day
from lds_assets.gate.lifecycle import CONSENT_MOVES
from tests.databases import Databases, tamper
from tests.unit.gate.world import CONSENT, DAY, NOW, SEEDS, World


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = connect(database)
    yield opened
    opened.dispose()


@pytest.fixture
def register(engine: Engine, tmp_path: Path) -> Register:
    register = Register(engine, SEEDS, lambda: NOW)
    register.import_folder(World().write(tmp_path / "governance"))
    return register


def _move(state: str, to: str, on: date, actor: str, role: str = "IG_OFFICER") -> NewEvent:
    row = {**dict.fromkeys(_names(), ""), **CONSENT}
    if to == "WITHDRAWN":
        row |= {"effective_to": on.isoformat(), "notice_ref": "N-1"}
        row |= {"retention_instruction": "STOP_ONLY"}
    return NewEvent(
        entity_type="practice_consent",
        entity_id="C-1",
        event_type="moved",
        from_state=state,
        to_state=to,
        effective_at=day_start(on),
        actor=actor,
        actor_role=role,
        reason_code="NOTICE",
        reason_text="the practice wrote",
        evidence_ref="DMS:9",
        payload={"source": "test", "row": row, "decision": "INCLUDE"},
    )


def _names() -> list[str]:
    from lds_assets.gate.formats import file_forms  # noqa: PLC0415

    return list(file_forms()["practice_consent.csv"].names)


def test_the_database_itself_refuses_to_change_or_remove_an_event(register: Register) -> None:
    assert register.broken() == ""
    for statement in ("update gov_event set actor = 'x'", "delete from gov_event"):
        with (
            register._engine.begin() as connection,
            pytest.raises(DBAPIError, match="append-only"),
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "seq", "what"),
    [
        ("update gov_event set actor = 'somebody' where seq = 4", 4, "changed"),
        ("update gov_event set payload_json = '{}' where seq = 9", 9, "changed"),
        ("update gov_event set reason_text = ' ' where seq = 1", 1, "changed"),
        ("delete from gov_event where seq = 3", 3, "missing"),
        ("delete from gov_event where seq = 1", 1, "missing"),
        ("update gov_event set prev_hash = this_hash where seq = 5", 5, "follow"),
    ],
)
def test_a_broken_chain_names_its_first_bad_event_and_closes_every_gate(
    register: Register, engine: Engine, statement: str, seq: int, what: str
) -> None:
    assert register.admitted("EMIS", DAY) == ["E83003"]
    tamper(engine, statement)
    with pytest.raises(Refused, match=f"{what}.*seq {seq}\\)"):
        register.verify()
    decision = register.land("E83003", "EMIS", DAY)
    assert (decision.outcome, decision.reasons) == ("deny", ("O_REGISTER_BROKEN",))
    assert register.decide_supplier("EMIS", DAY).reasons == ("O_REGISTER_BROKEN",)
    assert register.admitted("EMIS", DAY) == []
    stored = chain.read_events(engine)
    with pytest.raises(Refused, match="not trustworthy"):
        register.record([_move("GRANTED", "WITHDRAWN", DAY, "officer")])
    assert chain.read_events(engine) == stored


def test_an_end_cut_off_shows_by_the_answers_that_rest_on_it(
    register: Register, engine: Engine
) -> None:
    register.record_decisions([register.land("E83003", "EMIS", DAY)], "run", "delivery")
    tamper(engine, f"delete from gov_event where seq = {len(register.events())}")
    register.refresh()
    assert "missing" in register.broken()
    assert register.land("E83003", "EMIS", DAY).reasons == ("O_REGISTER_BROKEN",)


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (_move("GRANTED", "REQUESTED", DAY, "officer"), "S2-1"),
        (_move("REQUESTED", "GRANTED", DAY, "officer"), "S2-1"),
        (_move("GRANTED", "WITHDRAWN", DAY, "ops", "SYSTEM"), "S2-2"),
        (_move("GRANTED", "WITHDRAWN", DAY, "ops", "OPS"), "S2-2"),
        (replace(_move("GRANTED", "WITHDRAWN", DAY, "o", "OPS"), event_type="amended"), "S0-2"),
        (_move("GRANTED", "WITHDRAWN", DAY, ""), "S0-1"),
        (_move("GRANTED", "WITHDRAWN", DAY, "officer", "KING"), "S0-2"),
        (replace(_move("GRANTED", "WITHDRAWN", DAY, "o"), reason_text=""), "S0-3"),
        (
            replace(_move("GRANTED", "WITHDRAWN", DAY, "o"), effective_at=datetime(2025, 6, 1)),
            "S0-1",
        ),
        (_move("GRANTED", "WITHDRAWN", date(2025, 1, 9), "officer"), "S0-6"),
        (replace(_move("GRANTED", "WITHDRAWN", DAY, "o"), payload={"nhs_number": "x"}), "S0-4"),
        (replace(_move("GRANTED", "WITHDRAWN", DAY, "o"), payload={"corrects": "y"}), "S0-5"),
    ],
)
def test_an_illegal_event_is_refused_and_only_its_refusal_recorded(
    register: Register, event: NewEvent, code: str
) -> None:
    before = register.events()
    good = replace(event, entity_type="variation", event_type="noted", payload={})
    good = replace(good, actor="owner", actor_role="PRODUCT_OWNER", effective_at=NOW)
    with pytest.raises(Refused) as refusal:
        register.record([good, event])
    assert refusal.value.code == code
    after = register.events()
    assert after[:-1] == before
    assert (after[-1].event_type, after[-1].reason_code) == ("refused", code)
    assert register.land("E83003", "EMIS", DAY).is_allowed


def test_a_second_person_lifts_a_suspension(register: Register) -> None:
    register.record([_move("GRANTED", "SUSPENDED", DAY, "officer")])
    assert register.land("E83003", "EMIS", DAY).reasons == ("C_SUSPENDED",)
    later = DAY + timedelta(days=7)
    with pytest.raises(Refused, match="second person"):
        register.record([_move("SUSPENDED", "GRANTED", later, "officer")])
    register.record([_move("SUSPENDED", "GRANTED", later, "another")])
    assert register.land("E83003", "EMIS", later - timedelta(days=1)).reasons == ("C_SUSPENDED",)
    assert register.land("E83003", "EMIS", later).is_allowed


def test_a_correction_takes_a_second_officer_and_undoes_the_move(register: Register) -> None:
    (wrong,) = register.record([_move("GRANTED", "WITHDRAWN", DAY, "officer")])
    undo = replace(
        _move("", "", DAY, "officer"),
        event_type="corrected",
        payload={"corrects": wrong.event_id},
    )
    for actor, role in (("officer", "IG_OFFICER"), ("another", "OPS"), ("another", "SYSTEM")):
        with pytest.raises(Refused):
            register.record([replace(undo, actor=actor, actor_role=role)])
        assert register.land("E83003", "EMIS", DAY).reasons == ("C_WITHDRAWN",)
    register.record([replace(undo, actor="another")])
    assert register.land("E83003", "EMIS", DAY).is_allowed


def test_no_terminal_state_of_a_consent_can_be_left() -> None:
    left = {state for state, _ in CONSENT_MOVES}
    assert left == {"", "REQUESTED", "GRANTED", "SUSPENDED"}


def test_what_was_known_then_stays_the_answer_for_ever(register: Register, engine: Engine) -> None:
    known_at = datetime.fromisoformat(register.events()[-1].recorded_at)
    then = register.land("E83003", "EMIS", DAY, known_at)
    later = Register(engine, SEEDS, lambda: NOW + timedelta(days=1))
    later.record([_move("GRANTED", "WITHDRAWN", date(2025, 6, 1), "officer")])
    assert then.is_allowed
    assert later.land("E83003", "EMIS", DAY).reasons == ("C_WITHDRAWN",)
    assert later.land("E83003", "EMIS", DAY, known_at) == then
    assert later.land("E83003", "EMIS", DAY, NOW - timedelta(seconds=1)).reasons == (
        "P_UNKNOWN",
        "V_SUPPLIER_UNKNOWN",
    )


def test_two_writers_leave_one_whole_chain(register: Register, engine: Engine) -> None:
    other = Register(engine, SEEDS, lambda: NOW)
    other.events()

    def note(name: str) -> NewEvent:
        return NewEvent("variation", name, "noted", NOW, "owner", "PRODUCT_OWNER")

    register.record([note("a")])
    other.record([note("b")])
    register.verify()
    assert [each.entity_id for each in register.events()[-2:]] == ["a", "b"]


def test_many_writers_at_once_leave_one_chain_that_does_not_fork(
    register: Register, database: str
) -> None:
    before = len(register.events())

    def write(name: int) -> None:
        own = connect(database)
        notes = [
            NewEvent("variation", f"{name}-{n}", "noted", NOW, "owner", "PRODUCT_OWNER")
            for n in range(2)
        ]
        for note in notes:
            Register(own, SEEDS, lambda: NOW).record([note])
        own.dispose()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    register.verify()
    added = register.events()[before:]
    assert sorted(each.entity_id for each in added) == [
        f"{name}-{n}" for name in range(6) for n in range(2)
    ]
    assert [each.seq for each in added] == list(range(before + 1, before + 13))


def test_a_writer_who_waits_in_vain_is_told_and_nothing_is_recorded(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'busy'}.db"
    connect(url).dispose()
    impatient = create_engine(url, connect_args={"timeout": 0.01})
    noted = NewEvent("variation", "a", "noted", NOW, "owner", "PRODUCT_OWNER")
    other = create_engine(url)
    with other.connect() as connection:
        connection.execute(text("begin immediate"))
        with pytest.raises(Retry, match="the governance register is busy"):
            chain.append(impatient, [noted], NOW)
    assert chain.read_events(other) == ()
    for opened in (impatient, other):
        opened.dispose()


def test_the_same_history_has_the_same_hashes(tmp_path: Path, databases: Databases) -> None:
    versions = set()
    # both engines hold the same bytes
    for name, url in (("one", f"sqlite:///{tmp_path / 'plain'}.db"), ("two", databases("two"))):
        twin = Register(connect(url), SEEDS, lambda: NOW)
        twin.import_folder(World().write(tmp_path / name))
        versions.add(twin.version())
    assert len(versions) == 1


def test_a_day_begins_at_london_midnight_in_summer_and_in_winter() -> None:
    assert day_start(date(2025, 6, 1)) == datetime(2025, 5, 31, 23, tzinfo=UTC)
    assert day_start(date(2025, 10, 26)) == datetime(2025, 10, 25, 23, tzinfo=UTC)
    assert day_start(date(2025, 10, 27)) == datetime(2025, 10, 27, tzinfo=UTC)
    assert london_day(datetime(2025, 10, 25, 22, 59, 59, tzinfo=UTC)) == date(2025, 10, 25)
    assert london_day(datetime(2025, 10, 25, 23, tzinfo=UTC)) == date(2025, 10, 26)


def test_an_event_in_the_chain_hashes_the_one_before_it(register: Register) -> None:
    events = register.events()
    assert chain.verify_chain(events) is None
    assert events[0].prev_hash == "0" * 64
    assert all(b.prev_hash == a.this_hash for a, b in pairwise(events))


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "o" * 201},
        {"entity_id": "C" * 601},
        {"event_type": "e" * 41},
        {"evidence_sha256": "a" * 65},
        {"reason_text": "the practice\0wrote"},
        {"actor": "officer\udcff"},
        {"payload": {"title": "\udcff"}},
    ],
    ids=["actor", "entity", "type", "hash", "null", "no text", "payload"],
)
def test_what_no_column_takes_is_refused_by_a_rule_on_every_engine(
    register: Register, change: dict[str, object]
) -> None:
    before = len(register.events())
    with pytest.raises(Refused) as refused:
        register.record([replace(_move("GRANTED", "WITHDRAWN", DAY, "officer"), **change)])  # type: ignore[arg-type]
    assert refused.value.code == "S0-15"
    last = register.events()[-1]
    assert (len(register.events()), last.event_type, last.reason_code) == (
        before + 1,
        "refused",
        "S0-15",
    )
    assert register.broken() == ""


def test_the_longest_texts_are_taken_and_come_back(register: Register) -> None:
    long = NewEvent(
        "variation", "é" * 600, "noted", day_start(DAY), "platform", "SYSTEM",
        on_behalf_of="o" * 200, reason_code="R" * 80, reason_text="ü" * 5000,
        evidence_sha256="a" * 64, payload={"note": "\0 " * 50},
    )  # fmt: skip
    (stored,) = register.record([long])
    assert register.events()[-1] == stored
    assert (stored.entity_id, stored.payload) == ("é" * 600, {"note": "\0 " * 50})
