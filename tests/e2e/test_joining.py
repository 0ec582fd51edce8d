"""Practices that join late, and deliveries that could not be loaded at first."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from lds_assets.ingest import IngestReport
from lds_assets.landing.states import Imbalance, State
from lds_assets.platform import Platform
from lds_assets.release.publish import ReleaseReport
from lds_assets.suppliers.registry import Supplier
from lds_assets.synthetic.generate import GenerationReport
from tests.road import TODAY, released_rows, settings_of, synthesise, walk

TOMORROW = TODAY + timedelta(days=1)

Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Joined:
    """Rows before and after a practice's consent begins, and had it begun at once."""

    made: GenerationReport
    reports: dict[str, IngestReport]
    release: ReleaseReport
    before: Rows
    after: Rows
    at_once: Rows
    balances: list[Imbalance]


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Joined:
    late, at_once = tmp_path_factory.mktemp("late"), tmp_path_factory.mktemp("at_once")
    made = synthesise(late, 1)
    walk(late)
    before = released_rows(late)
    reports, release = walk(late, TOMORROW)
    ledger = Platform.open(settings_of(late, TOMORROW)).ledger
    balances = ledger.balance("raw") + ledger.balance("canonical")
    synthesise(at_once, 1)
    walk(at_once, TOMORROW)
    return Joined(
        made, reports, release, before, released_rows(late), released_rows(at_once), balances
    )


def test_a_practice_whose_consent_begins_is_loaded_from_its_last_bulk(joined: Joined) -> None:
    starting = next(p for p in joined.made.practices if p.case == "starts_tomorrow")
    assert starting.code in joined.release.publishers
    assert joined.reports["emis"].practices[starting.code].rows_kept > 0
    # nobody else's rows moved, and the new practice's patients are there
    assert set(joined.before["observation"]) < set(joined.after["observation"])
    new = set(joined.after["patient"]) - set(joined.before["patient"])
    assert 0 < len(new) <= starting.patients
    assert joined.balances == []


def test_joining_late_ends_as_joining_at_once(joined: Joined) -> None:
    assert joined.after == joined.at_once


def test_a_delivery_that_fails_to_load_is_held_and_loaded_when_mended(
    joined: Joined, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    synthesise(tmp_path, 1)
    whole = Supplier.select

    def broken(self: Supplier, file: str) -> str:
        return "selekt" if (self.code, file) == ("emis", "encounter.sql") else whole(self, file)

    monkeypatch.setattr(Supplier, "select", broken)
    reports, _ = walk(tmp_path)
    assert reports["emis"].loaded == [] and len(reports["emis"].held) == 1
    assert reports["tpp"].loaded, "the other supplier goes on"
    ledger = Platform.open(settings_of(tmp_path)).ledger
    held = ledger.deliveries("emis", [State.HELD])
    assert [(each.reason, each.detail[:6]) for each in held] == [("LOAD_FAULT", "ENGINE")]
    assert "engine's message is withheld" in held[0].to_do

    monkeypatch.undo()
    reports, _ = walk(tmp_path, TOMORROW)
    assert reports["emis"].held == {}
    assert ledger.deliveries("emis", [State.HELD]) == []
    assert released_rows(tmp_path) == joined.at_once
