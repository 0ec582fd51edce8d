"""The assets of the gate: signed forms looked at, and a broken chain stops each of them."""

import hashlib
import shutil
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.errors import Refused
from lds_assets.gate.assets import EVIDENCE, gate_report, register
from lds_assets.gate.evidence import DESK, EvidenceStore
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.officers import add_officers
from tests.unit.gate.desk import ASKED, LIAISON, OFFICER, SIGNED, Office
from tests.unit.gate.world import DAY

FORM = b"signed by the partner"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the shipped register and one consent whose form is a file."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LDS_HOME", str(home))
        patch.setenv("LDS_TODAY", DAY.isoformat())
        add_officers(home / "governance")
        platform = Platform.open(Settings())
        platform.prepare()
        desk = Office(platform.register, EvidenceStore({DESK: home / "evidence"}), home).on(DAY)
        name = desk.request({**ASKED, "practice_code": "E83003"}, LIAISON)
        (home / "form.pdf").write_bytes(FORM)
        kept = EvidenceStore.of(platform.settings).keep(str(home / "form.pdf"), name)
        signed = {**SIGNED, "granted_on": DAY.isoformat(), "effective_from": DAY.isoformat()}
        agreed = {"dsa_id": "LDS-DSA-01", "dpa_id": "LDS-DPA-01"}
        desk.grant(name, {**signed, **agreed}, kept, OFFICER)
        platform.engine.dispose()
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(prepared, tmp_path / "home")
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    return tmp_path / "home"


def _run(asset: dg.AssetsDefinition) -> dg.ExecuteInProcessResult:
    return dg.materialize([asset], raise_on_error=False)


def _form(home: Path) -> Path:
    (form,) = (home / "evidence").iterdir()
    return form


def test_the_register_asset_hashes_every_signed_form(home: Path) -> None:
    assert hashlib.sha256(_form(home).read_bytes()).digest() == hashlib.sha256(FORM).digest()
    whole = {each.check_name: each for each in _run(register).get_asset_check_evaluations()}
    assert whole[EVIDENCE].passed
    _form(home).write_bytes(b"swapped")
    spoilt = {each.check_name: each for each in _run(register).get_asset_check_evaluations()}
    assert not spoilt[EVIDENCE].passed
    answer = Platform.open(Settings()).register.land("E83003", "EMIS", DAY)
    assert "C_EVIDENCE" in answer.reasons


def test_a_broken_chain_stops_every_asset_of_the_gate_and_names_its_first_bad_event(
    home: Path,
) -> None:
    """Fixture 33: one byte of an old event changed."""
    with sqlite3.connect(home / "platform.db") as connection:
        connection.execute("drop trigger gov_event_no_update")
        connection.execute(
            "update gov_event set payload_json = replace(payload_json, 'ACTIVE', 'ACTIVF') "
            "where seq = 12"
        )
    with pytest.raises(Refused, match=r"not trustworthy.*\(seq 12\)"):
        Platform.open(Settings()).prepare()
    for asset in (register, gate_report):
        result = _run(asset)
        assert not result.success
        told = str(result.get_step_failure_events()[0].step_failure_data.error)
        assert "seq 12" in told
    platform = Platform.open(Settings())
    for code in ("E83003", "E83005"):
        assert platform.register.land(code, "EMIS", DAY).reasons == ("O_REGISTER_BROKEN",)
