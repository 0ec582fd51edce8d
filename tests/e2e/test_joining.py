"""Practices that join late, and deliveries that could not be loaded at first."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lds_assets.landing.states import State
from lds_assets.platform import Platform
from lds_assets.suppliers.registry import Supplier
from lds_assets.synthetic.generate import GenerationReport
from tests.road import TODAY, released_rows, settings_of, synthesise, walk

#: Depends on the day, not on the deliveries.
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Path, GenerationReport]]:
    yield tmp_path, synthesise(tmp_path, 1)


def _column(rows: list[tuple[object, ...]], place: int) -> set[object]:
    return {row[place] for row in rows}


def test_a_practice_whose_consent_begins_is_loaded_from_its_last_bulk(
    home: tuple[Path, GenerationReport],
) -> None:
    folder, made = home
    starting = next(p.code for p in made.practices if p.case == "starts_tomorrow")
    walk(folder)
    before = released_rows(folder)
    reports, release = walk(folder, TOMORROW)
    after = released_rows(folder)
    assert starting in release.publishers
    assert reports["emis"].practices[starting].rows_kept > 0
    # nobody else's rows moved, and the new practice's patients are there
    assert set(before["observation"]) < set(after["observation"])
    new = set(after["patient"]) - set(before["patient"])
    expected = next(p.patients for p in made.practices if p.code == starting)
    assert 0 < len(new) <= expected
    platform = Platform.open(settings_of(folder, TOMORROW))
    assert platform.ledger.balance("raw") == platform.ledger.balance("canonical") == []


def test_joining_late_ends_as_joining_at_once(
    home: tuple[Path, GenerationReport], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, _ = home
    walk(folder)
    walk(folder, TOMORROW)
    at_once = tmp_path_factory.mktemp("at_once")
    synthesise(at_once, 1)
    walk(at_once, TOMORROW)
    assert released_rows(folder) == released_rows(at_once)


def test_a_delivery_that_fails_to_load_is_held_and_loaded_when_mended(
    home: tuple[Path, GenerationReport],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder, _ = home
    whole = Supplier.select

    def broken(self: Supplier, file: str) -> str:
        return "selekt" if (self.code, file) == ("emis", "encounter.sql") else whole(self, file)

    monkeypatch.setattr(Supplier, "select", broken)
    reports, _ = walk(folder)
    assert reports["emis"].loaded == [] and len(reports["emis"].held) == 1
    assert reports["tpp"].loaded, "the other supplier goes on"
    platform = Platform.open(settings_of(folder))
    held = platform.ledger.deliveries("emis", [State.HELD])
    assert [(each.reason, each.detail[:6]) for each in held] == [("LOAD_FAULT", "ENGINE")]
    assert "engine's message is withheld" in held[0].to_do

    monkeypatch.undo()
    reports, _ = walk(folder)
    assert reports["emis"].held == {}
    assert platform.ledger.deliveries("emis", [State.HELD]) == []
    undisturbed = tmp_path_factory.mktemp("undisturbed")
    synthesise(undisturbed, 1)
    walk(undisturbed)
    assert released_rows(folder) == released_rows(undisturbed)
