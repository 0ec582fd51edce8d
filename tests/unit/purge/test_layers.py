"""Each table of the lake belongs to one layer, and every layer is emptied of the practice alone."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import duckdb
import pytest

from lds_assets.gate.purge import Layer, Purge
from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.platform import Platform
from lds_assets.purge.layers import EMPTY, Work, tables_of
from lds_assets.resources import Settings

GONE, STAYS = "A99001", "A99002"
PLACES = {
    "raw_acme/patient": Layer.RAW,
    "quarantine": Layer.QUARANTINE,
    "canonical/patient": Layer.CANONICAL,
    "something_new/of_tomorrow": Layer.CANONICAL,
    "release": None,
}


@pytest.fixture
def work(tmp_path: Path) -> Work:
    settings = Settings(home=tmp_path)
    settings.work.mkdir()
    with duckdb.connect() as connection:
        for place in PLACES:
            table = LakeTable(settings.lake / place, {PARTITION: "VARCHAR", "text": "VARCHAR"})
            rows = f"(values ('{GONE}', 'x'), ('{GONE}', 'y'), ('{STAYS}', 'z'))"
            table.commit(
                table.stage(connection, f"select * from {rows} as t ({PARTITION}, text)"),
                {f"acme/{GONE}": 1, f"acme/{STAYS}": 1},
            )
    platform = cast(Platform, SimpleNamespace(settings=settings))
    return Work(platform, Purge("P-1", GONE), lambda _platform, _run: None)


def _owners(work: Work, place: str) -> set[str]:
    table = LakeTable(work.platform.settings.lake / place, {PARTITION: "VARCHAR"})
    return {file.publisher for file in table.files()}


@pytest.mark.parametrize("layer", [Layer.RAW, Layer.QUARANTINE, Layer.CANONICAL])
def test_a_layer_loses_the_practice_and_no_other_layer_does(work: Work, layer: Layer) -> None:
    own = {place for place, kind in PLACES.items() if kind is layer}
    lake = work.platform.settings.lake
    assert {table.relative_to(lake).as_posix() for table in tables_of(lake, layer)} == own
    assert EMPTY[layer](work) == {"rows": 2 * len(own), "tables": len(own)}
    for place in PLACES:
        assert _owners(work, place) == ({STAYS} if place in own else {GONE, STAYS}), place
        table = LakeTable(lake / place, {PARTITION: "VARCHAR"})
        assert table.transaction(f"acme/{STAYS}") == 1
    assert EMPTY[layer](work) == {}, "nothing is left to do"
