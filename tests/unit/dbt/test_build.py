"""A build tells what failed without a word of any row."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from lds_assets.errors import Held
from lds_assets.marts.build import build
from tests.unit.dbt.conftest import PROJECT, Built
from tests.unit.dbt.scenario import release

CANARY = "CANARY-1960"


def test_a_build_lets_go_of_its_database(built: Built) -> None:
    with duckdb.connect(str(built.database)) as connection:
        connection.execute("select 1")


def test_a_failed_model_is_named_and_its_rows_are_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "marts_build.duckdb"
    release().write(database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("alter table release.patient alter birth_date type varchar")
        connection.execute(f"update release.patient set birth_date = '{CANARY}'")

    with pytest.raises(Held) as caught:
        build(
            database,
            PROJECT,
            tmp_path / "target",
            ("--select", "stg_patient", "stg_patient_person", "int_patient__bridged"),
        )

    assert "int_patient__bridged (Conversion Error)" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    printed = "".join(capfd.readouterr())
    written = b"".join(p.read_bytes() for p in (tmp_path / "target").rglob("*") if p.is_file())
    assert CANARY not in str(caught.value) + printed
    assert CANARY.encode() not in written


def test_a_blocking_test_holds_the_marts(tmp_path: Path) -> None:
    database = tmp_path / "marts_build.duckdb"
    made = release()
    made.add("practice_gate", practice_code="Y90001", is_consented=False, is_delivering=False)
    made.write(database)

    with pytest.raises(Held) as caught:
        build(database, PROJECT, tmp_path / "target", ("--select", "stg_practice_gate"))

    assert "stg_practice_gate_key_is_unique (1 rows)" in str(caught.value)


def test_orphans_beyond_the_tolerance_warn_and_stop_nothing(tmp_path: Path) -> None:
    database = tmp_path / "marts_build.duckdb"
    made = release()
    made.registration("orphan", "nobody", "Y90001", date(2020, 1, 1))
    made.write(database)

    report = build(
        database,
        PROJECT,
        tmp_path / "target",
        ("--select", "+stg_episode_of_care_references_exist", "--indirect-selection", "cautious"),
    )

    assert [(n.name, n.failures) for n in report.warnings] == [
        ("stg_episode_of_care_references_exist", 1)
    ]


def test_a_project_that_does_not_parse_is_told_without_its_text(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "dbt_project.yml").write_text("name: [", encoding="utf-8")

    with pytest.raises(Held, match="stopped before any model"):
        build(tmp_path / "marts_build.duckdb", project, tmp_path / "target")
