"""``lds supplier claims``: two claims that contradict each other are both shown, neither opens."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.platform import Platform
from lds_assets.resources import Settings


def test_both_sides_of_a_contradiction_are_shown_with_their_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setenv("LDS_TODAY", "2026-06-01")
    settings = Settings()
    engine = connect(settings.database_url)
    Register(engine).import_folder(settings.seeds / "governance", "seeds/governance")
    engine.dispose()
    result = CliRunner().invoke(app, ["supplier", "claims", "medicus", "--json"])
    assert result.exit_code == 0, result.output
    told = {each["claim_id"]: each for each in json.loads(result.output)["claims"]}
    pair = [told["CAP-MEDICUS-02"], told["CAP-MEDICUS-03"]]
    assert [(each["claim"], each["readiness"], each["stated_by"]) for each in pair] == [
        ("NONE", "CLAIMED", "Programme"),
        ("BULK", "DOCUMENTED", "Medicus"),
    ]
    assert [each["contradicts"] for each in pair] == ["CAP-MEDICUS-03", "CAP-MEDICUS-02"]
    assert [each["opens_a_gate"] for each in told.values()] == [False, False, False]
    # 180 days after 1 March 2026
    assert told["CAP-MEDICUS-03"]["expires_on"] == "2026-08-28"


def test_expired_evidence_of_a_supplier_since_inception_is_told_and_opens_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setenv("LDS_TODAY", "2026-11-21")
    Platform.open(Settings()).prepare()
    result = CliRunner().invoke(app, ["supplier", "claims", "tpp", "--json"])
    told = {each["claim_id"]: each for each in json.loads(result.output)["claims"]}
    assert (told["CAP-TPP-02"]["has_expired"], told["CAP-TPP-02"]["opens_a_gate"]) == (True, True)
    status = json.loads(CliRunner().invoke(app, ["status", "--json"]).output)
    assert [each["owner_role"] for each in status["runs_out"] if "TPP" in each["what"]] == [
        "TECH_LEAD"
    ]
    result = CliRunner().invoke(app, ["supplier", "claims", "nosuch"])
    assert (result.exit_code, "no supplier NOSUCH" in result.output) == (4, True)
