"""What every supplier folder must hold. A new folder is tested by being there."""

import re
from pathlib import Path

import pytest

from lds_assets.canonical.account import NOT_LANDED
from lds_assets.canonical.relations import mentioned
from lds_assets.canonical.tables import CANONICAL_TABLES, PERSON_TABLES, select_columns
from lds_assets.raw.tables import value_columns
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed, Lands
from lds_assets.suppliers.registry import SUPPLIERS, suppliers
from tests.golden.harness import run, supplier, types

CODES = sorted(suppliers())
FEEDS = [
    pytest.param(code, feed, id=f"{code}-{feed.file}")
    for code in CODES
    for feed in suppliers()[code].definition.canonical
]
SELECT_CEILING = 120


@pytest.mark.parametrize("code", CODES)
def test_the_folder_is_named_by_its_code_and_explains_itself(code: str) -> None:
    assert supplier(code).definition.code == code
    assert (SUPPLIERS / code / "README.md").stat().st_size > 1000


@pytest.mark.parametrize("code", CODES)
def test_every_declared_table_and_column_is_in_the_dictionary(code: str) -> None:
    own = supplier(code)
    for rules in own.definition.tables:
        named = [*rules.key, *rules.unchanged_by]
        named += [rules.deleted] if rules.deleted else []
        named += [rules.publisher.column] if rules.publisher.column else []
        extra = own.definition.extra_columns
        declared = {*extra.get("*", {}), *extra.get(rules.name, {})}
        for column in named:
            if column not in declared:
                assert own.dictionary[rules.name].column(column).name == column
        through = rules.publisher.through
        if through is not None:
            own.dictionary[rules.name].column(through.local)
            own.dictionary[through.table].column(through.foreign)
            assert own.definition.table(through.table)


@pytest.mark.parametrize("code", CODES)
def test_every_column_has_a_value_type_the_platform_knows(code: str) -> None:
    own = supplier(code)
    for rules in own.definition.tables:
        assert value_columns(own, rules.name)
    for name in own.definition.type_corrections:
        table, column = name.split(".")
        own.dictionary[table].column(column)


@pytest.mark.parametrize("code", CODES)
def test_every_table_is_declared_once_and_says_where_its_rows_land(code: str) -> None:
    rules = supplier(code).definition.tables
    assert len({table.name for table in rules}) == len(rules)
    silent = [t.name for t in rules if t.lands is not Lands.CANONICAL and not t.lands_reason]
    assert silent == []


@pytest.mark.parametrize("code", CODES)
def test_a_table_lands_when_and_only_when_a_counted_feed_takes_its_rows(code: str) -> None:
    definition = supplier(code).definition
    fed = {feed.source for feed in definition.canonical if feed.counted}
    landing = {table.name for table in definition.tables if table.lands is Lands.CANONICAL}
    assert fed == landing


@pytest.mark.parametrize("code", CODES)
def test_every_table_of_the_model_is_fed(code: str) -> None:
    fed = {feed.table for feed in supplier(code).definition.canonical}
    assert set(CANONICAL_TABLES) - set(PERSON_TABLES) <= fed


@pytest.mark.parametrize("code", CODES)
def test_every_file_under_canonical_is_declared(code: str) -> None:
    declared = {feed.file for feed in supplier(code).definition.canonical} | {NOT_LANDED}
    files = {path.name for path in (SUPPLIERS / code / "canonical").glob("*.sql")}
    assert files == declared


@pytest.mark.parametrize(("code", "feed"), FEEDS)
def test_a_select_yields_exactly_the_contract_on_empty_relations(
    code: str, feed: CanonicalFeed
) -> None:
    file, table = feed.file, feed.table
    assert types(code, file) == select_columns(table)
    assert run(code, {}, file) == []


@pytest.mark.parametrize(("code", "feed"), FEEDS)
def test_a_select_states_its_grain_and_keeps_to_its_size(code: str, feed: CanonicalFeed) -> None:
    text = supplier(code).select(feed.file)
    assert text.startswith("-- Grain: one row per ")
    assert len(text.splitlines()) <= SELECT_CEILING


@pytest.mark.parametrize(("code", "feed"), FEEDS)
def test_a_select_reads_loaded_tables_of_its_own_supplier_only(
    code: str, feed: CanonicalFeed
) -> None:
    loaded = {snake_case(table.name) for table in supplier(code).definition.tables}
    text = supplier(code).select(feed.file)
    assert mentioned(text) <= loaded
    assert not re.search(r"\b(?:read_\w+|current_date|now|today|random)\s*\(", text)


@pytest.mark.parametrize("code", CODES)
def test_reasons_for_not_landing_are_explained(code: str) -> None:
    text = supplier(code).select(NOT_LANDED)
    readme = Path(SUPPLIERS / code / "README.md").read_text(encoding="utf-8")
    reasons = set(re.findall(r"'([A-Z][A-Z_]{3,})'", text))
    assert reasons
    assert {reason for reason in reasons if f"`{reason}`" not in readme} == set()


@pytest.mark.parametrize("code", CODES)
def test_the_select_of_non_landing_rows_yields_four_columns(code: str) -> None:
    found = types(code, NOT_LANDED)
    assert found == {
        "source_table": "VARCHAR",
        "publisher_organisation_code": "VARCHAR",
        "lds_row_number": "BIGINT",
        "reason": "VARCHAR",
    }
