"""An unchanged project is parsed once for a deployment, and what a build leaves harms no other."""

from pathlib import Path

import pytest

from lds_assets.marts import manifest
from lds_assets.marts.assets import _scratch
from lds_assets.marts.build import build
from lds_assets.marts.manifest import PROJECT, fingerprint, parsed_folder
from lds_assets.resources import Settings
from tests.unit.dbt.scenario import release

ONE = ("--select", "stg_release_context")


def test_a_project_is_parsed_once_while_the_database_stays_where_it_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    def is_parsed_anew() -> bool:
        with _scratch(settings) as folder:
            release().write(folder / "marts_build.duckdb")
            report = build(folder / "marts_build.duckdb", PROJECT, parsed_folder(settings), ONE)
        assert report.models == ("stg_release_context",)
        return report.is_parsed_anew

    assert is_parsed_anew()
    assert not is_parsed_anew()
    # a parse that was cut short while it was written
    (parsed_folder(settings) / "partial_parse.msgpack").write_bytes(b"half")
    assert is_parsed_anew()


def test_parses_of_another_state_of_the_project_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    own = parsed_folder(settings)
    own.mkdir(parents=True)
    # what earlier versions left lay in the folder itself
    (own.parent / "partial_parse.msgpack").write_text("old")
    assert parsed_folder(settings) == own
    assert [path.name for path in own.parent.iterdir()] == [fingerprint(PROJECT)]
    monkeypatch.setattr(manifest, "fingerprint", lambda _project: "changed")
    assert parsed_folder(settings).name == "changed"
    assert list(own.parent.iterdir()) == []


def test_a_killed_build_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with _scratch(settings) as folder:
        (folder / "marts_build.duckdb").write_text("of a killed build")
        with _scratch(settings) as again:
            assert again == folder
            assert list(again.iterdir()) == []
    assert not folder.exists()
