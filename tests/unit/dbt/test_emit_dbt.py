"""Staging is the dictionary, emitted; every model has its contract and key."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lds_assets.schema.dictionary import olids
from lds_assets.schema.emit_dbt import HEADER, STAGED, staging_sql, staging_yaml
from tests.unit.dbt.conftest import PROJECT
from tests.unit.dbt.fixture import FACTS

MODELS = sorted((PROJECT / "models").rglob("*.sql"))


def _properties(path: Path) -> dict[str, Any]:
    document = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
    (model,) = document["models"]
    assert isinstance(model, dict)
    return model


def test_committed_staging_files_are_what_the_dictionary_emits() -> None:
    emitted = {**staging_sql(olids()), **staging_yaml(olids())}
    found = {path: (PROJECT / path).read_text(encoding="utf-8") for path in emitted}
    assert found == emitted


def test_no_staging_file_of_a_former_table_is_left() -> None:
    emitted = {PROJECT / path for path in {**staging_sql(olids()), **staging_yaml(olids())}}
    generated = {
        path
        for path in (PROJECT / "models" / "staging").iterdir()
        if HEADER in path.read_text(encoding="utf-8")
    }
    assert generated == emitted


@pytest.mark.parametrize("table", STAGED)
def test_staging_has_each_column_of_its_table_in_order(table: str) -> None:
    model = _properties(PROJECT / "models" / "staging" / f"stg_{table}.sql")
    assert [column["name"] for column in model["columns"]] == list(olids()[table].column_names)


def test_types_no_engine_shares_are_emitted_as_shared_ones() -> None:
    person = _properties(PROJECT / "models" / "staging" / "stg_person.sql")
    types = {column["name"]: column["data_type"] for column in person["columns"]}
    assert types["id"] == "varchar"
    assert types["date_of_birth_time"] == "varchar"
    order = _properties(PROJECT / "models" / "staging" / "stg_medication_order.sql")
    costs = {column["name"]: column["data_type"] for column in order["columns"]}
    assert costs["estimated_cost"] == "decimal(19,4)"


def test_sources_carry_the_asset_key_of_their_table() -> None:
    path = PROJECT / "models" / "staging" / "_release.yml"
    (source,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]
    keys = {t["name"]: t["config"]["meta"]["dagster"]["asset_key"] for t in source["tables"]}
    assert keys["patient"] == ["canonical", "patient"]
    assert keys["release_context"] == ["release"]
    assert set(keys) == {*STAGED, *FACTS}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_model_has_an_enforced_contract_a_key_and_descriptions(path: Path) -> None:
    model = _properties(path)
    assert model["name"] == path.stem
    assert model["config"]["contract"] == {"enforced": True}
    assert any("unique_key" in test for test in model["data_tests"])
    assert model["description"].strip()
    assert all(c["description"].strip() and c["data_type"] for c in model["columns"])
