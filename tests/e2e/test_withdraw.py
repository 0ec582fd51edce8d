"""One of three practices is purged, killed after every step: nothing of it, all of the others."""

import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.tables import FED_TABLES, PERSON_TABLES, SHARED_TABLES
from lds_assets.errors import Held, Refused
from lds_assets.gate.purge import Layer, Mode, State, Trigger
from lds_assets.lake.erase import LOG, delta_tables
from lds_assets.lake.session import session
from lds_assets.platform import Platform
from lds_assets.purge import canaries, execute, layers, links
from lds_assets.purge.certificate import verify
from lds_assets.purge.layers import Work
from lds_assets.purge.proof import prove
from lds_assets.release.export import export
from lds_assets.release.record import current
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids
from tests.e2e.withdrawn import (
    BACKUPS,
    BOTH,
    GONE,
    OFFICER,
    ORGANISATION,
    RECORD,
    STAYS,
    TPP,
    Killer,
    World,
    approved,
    build_marts,
    copied,
    execution_of,
    withdraw,
)
from tests.road import released_rows, settings_of, synthesise, walk


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three practices loaded and released, two of them in one delivery; marts; a killed run."""
    home = tmp_path_factory.mktemp("built") / "home"
    synthesise(home, 1)
    walk(home)
    settings = settings_of(home)
    build_marts(Platform.open(settings), "")
    (home / "work/session-left").mkdir()
    (home / "work/session-left/spilt").write_text(f"{GONE} left by a killed run", encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def world(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """F86045 purged by a run that was killed after every layer, and inside those of the lake."""
    settings = copied(built, tmp_path_factory.mktemp("purged"))
    home = settings.home
    export(settings, home / "exports/olids.duckdb", lambda _what, _share: None)
    withdraw(home, GONE, "ERASE")
    execution, purge = approved(settings, GONE, Mode.ERASE)
    killer = Killer()
    with pytest.MonkeyPatch.context() as patched:
        for step in ("remove", "renew", "drop_past", "publish"):
            patched.setattr(layers, step, killer.after(step, getattr(layers, step)))
        for layer, empty in layers.EMPTY.items():
            patched.setitem(layers.EMPTY, layer, killer.after(layer, empty))
        while purge.left:
            try:
                purge = execution.execute(purge)
            except KeyboardInterrupt:
                purge = execution_of(settings).desk.under_way(GONE)
    sought = canaries.read(
        settings.purges / purge.purge_id / "canaries.json", execution._salt(purge)
    )
    pointed_at = links.read(execution._links(purge), execution._salt(purge))
    purge, _proof = execution.prove(purge)
    assert not list(settings.purges.rglob("canaries.json")) + list(settings.purges.rglob("links*"))
    yield World(home, built, settings, purge, len(killer.killed), sought, pointed_at)


Rows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def released(world: World) -> tuple[Rows, Rows]:
    """What the release showed before the purge, and what it shows after it."""
    return released_rows(world.before), released_rows(world.home)


def _hashes(home: Path, code: str) -> dict[str, str]:
    """Return path -> hash of the lake's files of a practice, but for those made anew a release."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "lake").rglob(f"*={code}/*.parquet"))
        if path.parts[-3] not in PERSON_TABLES
    }


def _records(path: Path) -> list[bytes]:
    return RECORD.findall(path.read_bytes())


def _is_theirs(header: list[str], record: bytes) -> bool:
    """Say whether the purged practice publishes a record; the header's own line it does not."""
    if "OrganisationGuid" not in header:
        return False
    cells = next(csv.reader(io.StringIO(record.decode(), newline="")))
    return cells[header.index("OrganisationGuid")].strip("{}").upper() == ORGANISATION


# -- the others -----------------------------------------------------------------------------------


def test_every_step_was_killed_once(world: World) -> None:
    assert world.kills == len(Layer) + 4
    assert world.purge.state is State.LOCAL_DONE


@pytest.mark.parametrize("code", [STAYS, TPP])
def test_the_other_practices_files_are_byte_for_byte_as_they_were(world: World, code: str) -> None:
    before = _hashes(world.before, code)
    assert len(before) > 30
    assert _hashes(world.home, code) == before


def test_the_other_practices_rows_in_the_supplier_s_files_are_as_they_were(world: World) -> None:
    """Of files that name the organisation in a column: the lines that do not name it, in order."""
    compared = 0
    for path in sorted((world.before / "landing").rglob("*.csv")):
        now = world.home / path.relative_to(world.before)
        named = "OrganisationGuid" in _records(path)[0].decode()
        if not named or "Admin_Organisation_" in path.name:
            continue
        header = next(csv.reader([_records(path)[0].decode()]))
        kept = [line for line in _records(path) if not _is_theirs(header, line)]
        assert _records(now) == kept, path.name
        compared += kept != _records(path)
    assert compared > 15
    same = [path for path in sorted((world.before / "landing/tpp").rglob("*")) if path.is_file()]
    assert all(
        path.read_bytes() == (world.home / path.relative_to(world.before)).read_bytes()
        for path in same
    )


def _ids(home: Path, table: str, code: str) -> set[object]:
    """Return the ids of a practice's rows, from the lake's files themselves."""
    files = f"{home}/lake/canonical/{table}/*={code}/*.parquet"
    if not list((home / "lake/canonical" / table).glob(f"*={code}/*.parquet")):
        return set()
    return {row[0] for row in duckdb.sql(f"select distinct id from '{files}'").fetchall()}


def test_the_release_shows_the_others_row_by_row_as_before(
    world: World, released: tuple[Rows, Rows]
) -> None:
    before, after = released
    for table in FED_TABLES:
        if table == "flag":
            continue
        gone = set() if table in SHARED_TABLES else _ids(world.before, table, GONE)
        kept = [row for row in before[table] if row[0] not in gone]
        assert after[table] == kept, table
        assert table not in ("patient", "observation") or 0 < len(kept) < len(before[table])


def test_persons_of_the_purged_practice_alone_are_gone_and_others_stay(
    released: tuple[Rows, Rows],
) -> None:
    before, after = released
    names = [each for each in olids()["patient_person"].column_names]
    person = names.index("person_id")
    patients = {row[0] for row in after["patient"]}
    assert {row[person] for row in after["patient_person"]} == {
        row[person] for row in before["patient_person"] if row[0] in patients
    }
    assert {row[0] for row in after["person"]} == {row[person] for row in after["patient_person"]}


# -- the practice ---------------------------------------------------------------------------------


def test_no_number_or_guid_of_its_patients_is_in_any_byte(world: World) -> None:
    """Worked out from the supplier's own files before, not from what the purge sampled."""
    own: set[bytes] = set()
    others: set[bytes] = set()
    for path in (world.before / "landing").rglob("*Patient*.csv"):
        header = next(csv.reader([_records(path)[0].decode()]))
        for line in _records(path)[1:]:
            found = set(re.findall(rb"\b999[0-9]{7}\b|\{[0-9A-F-]{36}\}", line))
            (own if _is_theirs(header, line) else others).update(found)
    alone = own - others - {f"{{{ORGANISATION}}}".encode()}
    assert len(alone) > 50
    texts = {each.strip(b"{}").lower() for each in alone}
    for path in world.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes().lower()
            assert not [each for each in texts if each in data], path.name


def test_the_lake_has_no_row_version_or_log_entry_of_it(world: World) -> None:
    assert not list((world.home / "lake").rglob(f"*{GONE}*"))
    for table in delta_tables(world.home / "lake"):
        for entry in (table / LOG).iterdir():
            assert GONE.encode() not in entry.read_bytes(), entry


def test_only_one_release_is_left_and_it_is_without_it(world: World) -> None:
    release = current(world.settings)
    assert release is not None
    assert release.publishers == (TPP, STAYS)
    assert len(list((world.home / "lake/release").rglob("*.parquet"))) == 1


def test_marts_exports_and_scratch_hold_nothing_of_it(world: World) -> None:
    with duckdb.connect(str(world.home / "marts/marts.duckdb"), read_only=True) as connection:
        rows = connection.execute("select distinct practice_code from mart_patient").fetchall()
    assert {row[0] for row in rows} == {STAYS, TPP}
    assert not (world.home / "exports/olids.duckdb").exists()
    assert not list((world.home / "work").iterdir())


def test_whatever_is_put_back_is_found_where_it_lies(world: World, tmp_path: Path) -> None:
    """New places are caught by themselves: the scan knows nothing of the erasing."""
    home = tmp_path / "home"
    shutil.copytree(world.home, home)
    every = f"{world.before}/lake/canonical/patient/*={GONE}/*.parquet"
    index = home / "lake/raw_emis/admin_patient/_index/all.parquet"
    index.parent.mkdir()
    with session(settings_of(home)) as connection:
        rows = f"read_parquet('{every}', hive_partitioning = true)"
        connection.execute(f"copy (select * from {rows}) to '{index}'")
    landed = next((world.before / "landing").rglob("*Admin_Patient_*.csv"))
    canary = next(
        each for each in canaries.tokens([landed.read_bytes()]) if world.canaries.is_one(each)
    ).decode()
    (home / "work/notes.txt").write_text(f"see {canary}", encoding="utf-8")
    log = home / "lake/raw_emis/admin_patient" / LOG / "left.bak"
    log.write_text(f'{{"remove": {{"path": "publisher_organisation_code={GONE}/x"}}}}')
    with duckdb.connect(str(home / "marts/further.duckdb")) as connection:
        connection.execute(f"create table mart_new as select '{GONE}' as practice_code")
    shutil.copy(landed, home / landed.relative_to(world.before))
    (home / "landing/vision/unread.csv.gpg").write_bytes(b"no key opens this")
    users, theirs = _linked_rows_put_back(world, home)
    settings = world.settings.model_copy(update={"home": home})
    work = Work(Platform.open(settings), world.purge, build_marts)
    found = {(each.path, each.what) for each in prove(work, world.canaries, world.links).found}
    told = landed.relative_to(world.before).as_posix()
    assert found >= {
        ("lake/raw_emis/admin_patient/_index/all.parquet", "publisher"),
        ("lake/raw_emis/admin_patient/_index/all.parquet", "canary"),
        ("work/notes.txt", "canary"),
        ("lake/raw_emis/admin_patient/_delta_log/left.bak", "organisation"),
        ("marts/further.duckdb", "publisher"),
        (told, "publisher"),
        (told, "canary"),
        ("landing/vision/unread.csv.gpg", "unreadable"),
        (users, "linked"),
        (theirs, "linked"),
    }


def _linked_rows_put_back(world: World, home: Path) -> tuple[str, str]:
    """Put back who held sessions, which names no owner: a file of both practices, rows in raw.

    The rows in raw lie among another practice's, where the partition says that they are its own.
    """
    users = next((world.before / "landing").rglob("bulk*Appointment_SessionUser_*.csv"))
    shutil.copy(users, home / users.relative_to(world.before))
    raw = world.before / "lake/raw_emis/appointment_session_user"
    rows = next(raw.rglob(f"*={GONE}/*.parquet"))
    theirs = home / raw.relative_to(world.before) / f"publisher_organisation_code={STAYS}/x.parquet"
    shutil.copy(rows, theirs)
    return users.relative_to(world.before).as_posix(), theirs.relative_to(home).as_posix()


# -- what is on record, and what comes again ------------------------------------------------------


def test_the_gate_is_shut_before_and_after_the_certificate(world: World, tmp_path: Path) -> None:
    settings = _again(world, tmp_path)
    execution = execution_of(settings)
    assert execution.platform.decide("emis", GONE).reasons == ("C_WITHDRAWN", "O_PURGING")
    purge, path = execution.certify(world.purge, BACKUPS, OFFICER)
    assert execution.platform.decide("emis", GONE).reasons == ("C_WITHDRAWN",)
    assert purge.state is State.CERTIFIED
    told = verify(path, (settings.certificate_key or path).read_bytes().strip())
    assert told["rows_before"]["raw"] == told["rows_before"]["landing"] > 3000
    assert told["rows_before"]["remains"] == 1, "a line that a killed run left in scratch"
    assert told["proof"]["linked_keys_sought"] > 10
    assert set(told["rows_after"]) == {"database", "register_marts"}
    assert told["proof"]["found"] == 0 and told["proof"]["canaries_sought"] > 50
    assert [each["name"] for each in told["approvers"]] == ["iris", "carl"]
    assert told["backups"] == BACKUPS and told["subscribers"] == []
    assert set(told["exceptions"]) == {
        "database",
        "governance",
        "purges",
        "reference",
        "register_marts",
    }
    assert all(each["why"] for each in told["exceptions"].values())
    assert not (settings.purges / purge.purge_id / "canaries.json").exists()


@pytest.mark.parametrize("change", ["found", "signature", "key"])
def test_a_certificate_that_was_tampered_with_is_refused(
    world: World, tmp_path: Path, change: str
) -> None:
    settings = _again(world, tmp_path)
    _purge, path = execution_of(settings).certify(world.purge, BACKUPS, OFFICER)
    assert settings.certificate_key is not None
    key = settings.certificate_key.read_bytes().strip()
    told = json.loads(path.read_text(encoding="utf-8"))
    if change == "found":
        told["certificate"]["rows_before"]["raw"] += 1
    elif change == "signature":
        told["signature"]["value"] = "0" * 64
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(Refused, match=r"changed after|another key"):
        verify(path, key if change != "key" else b"0" * 64)


def _again(world: World, folder: Path) -> Settings:
    """Return settings of a copy of the register alone, as far as it goes."""
    home = folder / "home"
    home.mkdir()
    shutil.copytree(world.home / "governance", home / "governance")
    shutil.copytree(world.home / "purges", home / "purges")
    for name in ("platform.db", "platform.db-wal", "platform.db-shm"):
        if (world.home / name).exists():
            shutil.copy(world.home / name, home / name)
    return world.settings.model_copy(update={"home": home})


def test_old_files_and_new_ones_bring_nothing_back(world: World, tmp_path: Path) -> None:
    """The very files again, and a later delivery of both practices: only the other one's load."""
    home = tmp_path / "home"
    shutil.copytree(world.home, home)
    days = sorted((world.before / "landing/emis").glob("*/*"))
    for day in days:
        shutil.copytree(day, home / day.relative_to(world.before), dirs_exist_ok=True)
    later = home / days[-1].relative_to(world.before).with_name("20261121")
    later.mkdir()
    for path in days[-1].iterdir():
        renamed = path.name.replace("20261120000512", "20261121000512")
        shutil.copy(path, later / renamed)
    reports, _release = walk(home)
    assert len(reports["emis"].loaded) == 1 and not reports["emis"].held
    assert reports["emis"].practices[STAYS].outcome == "loaded"
    assert not list((home / "lake").rglob(f"*={GONE}"))
    rows = released_rows(home)["patient"]
    place = [e for e in olids()["patient"].column_names if e != "lds_transform_datetime"].index(
        "publisher_organisation_code"
    )
    assert {row[place] for row in rows} == {STAYS, TPP}
    # nobody of the others came twice or went
    assert [row[0] for row in rows] == [row[0] for row in released_rows(world.home)["patient"]]
    ledger = Platform.open(settings_of(home)).ledger
    new = ledger.outcomes(reports["emis"].loaded[0])[GONE]
    assert (new.outcome, new.reasons) == ("DENIED", ("C_WITHDRAWN", "O_PURGING"))
    old = {e.outcome for k, e in ledger.supplier_outcomes("emis").items() if k[1] == GONE}
    assert old == {"PURGED", "DENIED"}


def test_stop_only_takes_out_of_use_and_keeps(built: Path, tmp_path: Path) -> None:
    settings = copied(built, tmp_path)
    withdraw(settings.home, TPP, "STOP_ONLY")
    with pytest.raises(Refused, match="S17-19"):
        execution_of(settings).desk.open(TPP, Trigger.CONSENT_WITHDRAWN, Mode.ERASE, OFFICER)
    before = _hashes(settings.home, TPP)
    shadow = settings.home / "work/replay-asked/lake/raw_tpp/sr_code"
    shutil.copytree(settings.home / "lake/raw_tpp/sr_code", shadow)
    execution, purge = approved(settings, TPP, Mode.STOP_ONLY)
    purge, proof = execution.prove(execution.execute(purge))
    assert _hashes(settings.home, TPP) == before
    release = current(settings)
    assert release is not None and TPP not in release.publishers
    assert proof.excepted["instruction"]
    _purge, path = execution.certify(purge, BACKUPS, OFFICER)
    told = json.loads(path.read_text(encoding="utf-8"))["certificate"]
    assert "STOP_ONLY" in told["exceptions"]["instruction"]["why"]
    assert told["rows_after"]["raw"] == told["rows_before"]["raw"] > 0
    # the shadow of a replay that nobody confirmed
    assert told["rows_before"]["remains"] > 0 and "remains" not in told["rows_after"]
    _erased_after_all(settings)


def _erased_after_all(settings: Settings) -> None:
    """The practice that let us keep its data wants them gone by now, on a further notice."""
    desk = execution_of(settings).desk
    desk.widen(TPP, Mode.ERASE, replace(BOTH, evidence_ref="NOTICE:2"))
    for narrower, rule in ((Mode.STOP_ONLY, "S17-19"), (Mode.ERASE_FROM_DATE, "S17-14")):
        with pytest.raises(Refused, match=rule):
            desk.open(TPP, Trigger.CONSENT_WITHDRAWN, narrower, OFFICER)
    with pytest.raises(Refused, match="S17-35"):
        desk.widen(TPP, Mode.STOP_ONLY, BOTH)
    execution, purge = approved(settings, TPP, Mode.ERASE)
    purge, proof = execution.prove(execution.execute(purge))
    assert "instruction" not in proof.excepted
    assert not list((settings.home / "lake").rglob(f"*={TPP}"))
    _purge, path = execution.certify(purge, BACKUPS, OFFICER)
    told = json.loads(path.read_text(encoding="utf-8"))["certificate"]
    assert (told["purge_id"], told["mode"]) == (f"PURGE-{TPP}-2", "ERASE")
    assert [(each["instruction"], each["notice"]) for each in told["notices"]] == [
        ("STOP_ONLY", "NOTICE:1"),
        ("ERASE", "NOTICE:2"),
    ]
    (former,) = told["former_purges"]
    assert (former["purge_id"], former["mode"]) == (f"PURGE-{TPP}-1", "STOP_ONLY")
    assert len(former["certificate_sha256"]) == 64
    assert told["rows_before"]["raw"] > 0 and "raw" not in told["rows_after"]


def test_a_proof_that_finds_something_certifies_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _again(world, tmp_path)
    execution = execution_of(settings)
    executing = replace(world.purge, state=State.EXECUTING)
    canaries.write(world.canaries, settings.purges / world.purge.purge_id / "canaries.json")
    (settings.home / "left.txt").write_text(GONE, encoding="utf-8")
    monkeypatch.setattr(execute, "inventory", lambda _work: [])
    with pytest.raises(Held, match="1 places still tell") as told:
        execution.prove(executing)
    assert "left.txt" in told.value.where
    with pytest.raises(Refused, match="stands at EXECUTING"):
        execution.certify(executing, BACKUPS, OFFICER)
