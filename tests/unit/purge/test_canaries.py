"""Canaries are values that only the practice has, in what is to go: whatever was tried first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.session import session
from lds_assets.purge.canaries import BATCHES, EACH, Canaries, Record, hashed, sample
from lds_assets.purge.candidates import Goes, Table
from lds_assets.purge.names import Names
from lds_assets.resources import Settings

GONE, STAYS = "A99001", "A99002"
NAMES = Names(GONE, {"acme": frozenset({GONE.lower()})})
SALT = "salt"
COLUMNS = {PARTITION: "VARCHAR", "text": "VARCHAR", "stays": "BOOLEAN"}

Row = tuple[str, str, bool]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.work.mkdir()
    return settings


def _guids(count: int, start: int = 0) -> list[str]:
    return [str(UUID(int=(start + place) * 0x9E3779B97F4A7C15)) for place in range(1, count + 1)]


def _hash_of(values: Sequence[str]) -> list[str]:
    """Return values in the order of the engine's hash."""
    with duckdb.connect() as connection:
        query = "select v from (select unnest(?) as v) order by hash(v)"
        return [str(row[0]) for row in connection.execute(query, [list(values)]).fetchall()]


def _fill(settings: Settings, place: str, rows: Iterable[Row]) -> Path:
    table = LakeTable(settings.lake / place, COLUMNS)
    with duckdb.connect() as connection:
        connection.execute("create table rows (owner varchar, text varchar, stays boolean)")
        connection.executemany("insert into rows values (?, ?, ?)", list(rows))
        select = f"select owner as {PARTITION}, text, stays from rows"
        table.commit(table.stage(connection, select), {})
    return settings.lake / place


def _own(values: Iterable[str]) -> list[Row]:
    return [(GONE, value, False) for value in values]


def _theirs(values: Iterable[str]) -> list[Row]:
    return [(STAYS, value, False) for value in values]


def _sample(
    settings: Settings, files: Sequence[Sequence[Record]] = (), goes: Goes = lambda _table: None
) -> frozenset[str]:
    return sample(settings, NAMES, SALT, lambda: iter(map(iter, files)), goes).hashes


def _hashes(values: Iterable[str]) -> frozenset[str]:
    return frozenset(hashed(SALT, value) for value in values)


@pytest.mark.parametrize("count", [BATCHES[0] + 4, BATCHES[0] + BATCHES[1] + 4])
def test_the_one_value_others_do_not_have_is_found_behind_batches_of_shared_ones(
    settings: Settings, count: int
) -> None:
    *shared, alone = _hash_of(_guids(count))
    _fill(settings, "raw_acme/patient", _own([*shared, alone]))
    # of another table, another supplier and another spelling
    _fill(settings, "raw_bolt/entry", _theirs(value.upper() for value in shared))
    assert _sample(settings) == _hashes([alone])


def test_where_all_is_shared_there_is_no_canary(settings: Settings) -> None:
    values = _guids(BATCHES[0] + 4)
    _fill(settings, "raw_acme/patient", [*_own(values), *_theirs(values)])
    assert _sample(settings) == frozenset()


def test_every_table_gives_a_few_and_equal_data_the_same(settings: Settings) -> None:
    first, second = _guids(50), _guids(50, 1000)
    texts = ["no identifier", GONE, "20261120"]
    _fill(settings, "raw_acme/patient", _own([*first, *texts]))
    _fill(settings, "canonical/patient", _own(second))
    found = _sample(settings)
    assert len(found) == 2 * EACH
    assert len(found & _hashes(first)) == len(found & _hashes(second)) == EACH
    _fill(settings, "again/patient", _own(reversed(first)))
    assert _sample(settings) == found


def test_what_names_the_practice_is_none(settings: Settings) -> None:
    (own_id, other) = _guids(2)
    names = Names(GONE, {"acme": frozenset({own_id})})
    _fill(settings, "raw_acme/patient", _own([own_id, other]))
    found = sample(settings, names, SALT, lambda: ())
    assert found == Canaries(SALT, _hashes([other]))


def test_from_a_day_on_only_the_part_that_goes_gives_canaries(settings: Settings) -> None:
    """The practice's own rows of before the day hold all values but one."""
    *before, alone = _hash_of(_guids(BATCHES[0] + 4))
    rows = [*_own([*before, alone]), *((GONE, value, True) for value in before)]
    _fill(settings, "raw_acme/patient", rows)

    def goes(_table: Path) -> Callable[[Mapping[str, str]], str]:
        return lambda columns: "not stays" if "stays" in columns else "false"

    assert _sample(settings, goes=goes) == _hashes([alone])


def test_what_records_in_landing_hold_that_stay_is_none(settings: Settings) -> None:
    number, spaced, guid, alone = "9990000018", "9990000026", *_guids(2)
    _fill(settings, "raw_acme/patient", _own([number, spaced, guid, alone]))
    files = [
        [(f'"{alone}","{number}"'.encode(), True), (f'"x","{number}"'.encode(), False)],
        [(f'"{spaced[:3]} {spaced[3:6]}-{spaced[6:]}"'.encode(), False)],
        [(f"{{{guid.upper()}}}".encode(), False)],
    ]
    assert _sample(settings, files) == _hashes([alone])


def test_a_practice_that_was_never_loaded_gives_canaries_of_its_files(settings: Settings) -> None:
    *shared, alone = _guids(BATCHES[0] + 4)
    own = [(f"{value},x\r\n".encode(), True) for value in (*shared, alone)]
    theirs = [(f"{value},x\r\n".encode(), False) for value in shared]
    assert _sample(settings, [own, theirs]) == _hashes([alone])
    assert len(_sample(settings, [own, [(b"x", False)]])) == EACH
    assert _sample(settings, [own[:-1], theirs]) == frozenset()


@pytest.mark.parametrize("distinct", [5, 3000])
def test_many_rows_are_thinned_and_give_the_values_of_least_hash_all_the_same(
    settings: Settings, distinct: int
) -> None:
    values = _guids(distinct)
    path = _fill(settings, "raw_acme/entry", _own(values * (3000 // distinct)))
    with session(settings) as connection:
        found = Table(connection, path, GONE, lambda _table: None).going(BATCHES[0])
    assert found == _hash_of(values)[: BATCHES[0]]
