"""Replays: what they would change is shown, nothing changes before, and other practices never."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lds_assets.errors import Held, Refused
from lds_assets.guards import deliveries
from lds_assets.replay import replay as replays
from lds_assets.replay import take_over
from lds_assets.replay.difference import Change
from lds_assets.replay.replay import UNCHANGED, Staged
from lds_assets.replay.take_over import REPLAYED, finish_open
from tests.unit.replay.world import CODE, ONE, TWO, Road, copied, entry, loaded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Road:
    return loaded(tmp_path_factory.mktemp("loaded"))


@pytest.fixture
def road(made: Road, tmp_path: Path) -> Road:
    return copied(made, tmp_path / "home")


def stage(road: Road, target: str = ONE, first: date | None = None) -> Staged:
    return replays.stage(road.platform, target, first)


def commit(road: Road, staged: Staged) -> str:
    return replays.commit(road.platform, staged)


def double_values(road: Road) -> None:
    """Mend the select of observations: a value counts twice."""
    road.mend("observation.sql", "    value as result_value", "    value * 2 as result_value")


# -- nothing differs -----------------------------------------------------------------------------


def test_what_is_loaded_is_what_the_rules_say(road: Road) -> None:
    # E1 corrected on the 12th, E2 on the 11th, E3's patient deleted, E4 new
    assert road.values() == [3, 4, 10, 20]
    assert road.values(TWO) == [8, 9]


@pytest.mark.parametrize("first", [None, date(2025, 6, 12)])
def test_a_replay_of_what_did_not_change_is_nothing(road: Road, first: date | None) -> None:
    before, states = road.files(), road.states()
    staged = stage(road, ONE, first)
    assert staged.difference.is_empty and staged.difference.shown == ()
    assert commit(road, staged) == UNCHANGED
    assert (road.files(), road.states()) == (before, states)


def test_a_replay_of_a_delivery_that_did_not_change_is_nothing(road: Road) -> None:
    staged = stage(road, road.delivery(11))
    assert staged.plan.practices == (ONE, TWO)
    assert staged.plan.all_deliveries == {road.delivery(11), road.delivery(12)}
    assert commit(road, staged) == UNCHANGED


# -- a mended select -----------------------------------------------------------------------------


def test_a_mended_select_is_shown_before_anything_changes(road: Road) -> None:
    double_values(road)
    before, rows, states = road.files(), road.rows(ONE), road.states()
    staged = stage(road)
    # E3 went with its patient: readers see three
    assert staged.difference.shown == (Change("observation", ONE, 0, 3, 0),)
    assert staged.difference.stored == staged.difference.shown
    assert (road.rows(ONE), road.states()) == (rows, states)
    replays.discard(staged)
    assert road.files() == before


def test_a_replay_counts_and_touches_its_practice_alone(road: Road) -> None:
    double_values(road)
    other, released = road.rows(TWO), road.rows(ONE, released=True)
    assert commit(road, stage(road)) == REPLAYED
    assert road.values() == [6, 8, 20, 40]
    assert road.rows(TWO) == other
    # readers see the former release until there is a new one
    assert road.rows(ONE, released=True) == released
    assert road.platform.ledger.balance("raw") == []
    assert road.platform.ledger.balance("canonical") == []
    assert commit(road, stage(road)) == UNCHANGED


def test_a_replay_is_entered_in_the_ledger(road: Road) -> None:
    double_values(road)
    staged = stage(road)
    commit(road, staged)
    assert road.states() == ["LOADED REPLAYED"] * 3
    ledger = road.platform.ledger
    told = [each for each in ledger.events(road.delivery(11)) if each.to_state == "REPLAYED"]
    assert [(each.subject, each.run_id) for each in told] == [(f"practice {ONE}", staged.replay_id)]
    assert told[0].detail == "rows added 0, changed 3, deleted 0"
    assert ledger.outcomes(road.delivery(11))[ONE].run_id == staged.replay_id
    assert ledger.outcomes(road.delivery(11))[TWO].run_id == "test"


def test_a_replay_from_a_day_makes_only_later_loads_anew(road: Road) -> None:
    double_values(road)
    staged = stage(road, ONE, date(2025, 6, 12))
    assert staged.plan.all_deliveries == {road.delivery(12)}
    assert staged.difference.shown == (Change("observation", ONE, 0, 1, 0),)
    commit(road, staged)
    # of the 12th: E1
    assert road.values() == [3, 4, 20, 20]


def test_what_comes_after_a_replay_builds_on_it(road: Road) -> None:
    double_values(road)
    commit(road, stage(road))
    road.send(13, {"Person": [], "Entry": [entry("E4", "5"), entry("E1", "7", TWO)]})
    report = road.load()
    assert report.held == {} and report.loaded == [road.delivery(13)]
    assert road.values() == [6, 10, 20, 40]
    # the other practice was loaded by the former select, but for what came now
    assert road.values(TWO) == [8, 14]


def test_a_row_nobody_yields_any_more_is_told_as_deleted(road: Road) -> None:
    road.mend("observation.sql", "from raw.entry", "from raw.entry where entry_id <> 'E4'")
    staged = stage(road)
    assert staged.difference.shown == (Change("observation", ONE, 0, 0, 1),)
    replays.discard(staged)


def test_the_difference_is_told_against_what_the_release_shows(road: Road) -> None:
    road.send(13, {"Person": [], "Entry": [entry("E5", "5")]})
    road.load()
    staged = stage(road)
    # loaded as the rules say, and not released yet
    assert staged.difference.is_empty
    assert staged.difference.shown == (Change("observation", ONE, 1, 0, 0),)
    assert commit(road, staged) == UNCHANGED


# -- another content -----------------------------------------------------------------------------


def test_new_content_of_a_loaded_delivery_takes_its_place_when_confirmed(road: Road) -> None:
    first = road.delivery(11)
    # without E4, with another E2
    road.send(11, {"Person": [], "Entry": [entry("E2", "21"), entry("E2", "8", TWO)]})
    road.platform.notice(CODE)
    (aside,) = [e for e in road.platform.ledger.deliveries(CODE) if "#" in e.delivery_id]
    deliveries.supersede(road.platform, aside.delivery_id, "Ann", "OPS", "corrected")
    road.load()
    assert road.values() == [3, 4, 10, 20]
    staged = stage(road, aside.delivery_id)
    assert staged.plan.former == {first: aside.delivery_id}
    assert staged.difference.shown == (Change("observation", ONE, 0, 1, 1),)

    assert commit(road, staged) == REPLAYED

    assert road.values() == [3, 10, 21]
    assert road.values(TWO) == [8, 9]
    ledger = road.platform.ledger
    told = {each.delivery_id: f"{each.state} {each.reason}" for each in ledger.deliveries(CODE)}
    assert told[first] == "SUPERSEDED REPLACED"
    assert told[aside.delivery_id] == "LOADED REPLAYED"
    assert ledger.outcomes(first)[ONE].outcome == "REPLACED"
    assert ledger.balance("raw") == [] and ledger.balance("canonical") == []
    road.send(13, {"Person": [], "Entry": [entry("E2", "22")]})
    assert road.load().held == {}
    assert road.values() == [3, 10, 22]
    assert commit(road, stage(road)) == UNCHANGED


# -- what forbids it -----------------------------------------------------------------------------


def test_the_gate_is_asked_with_the_consent_of_today(road: Road) -> None:
    # the consent ends on 1 February 2026
    late = Road(road.home)
    late.settings = road.settings.model_copy(update={"today": date(2026, 2, 1)})
    with pytest.raises(Refused) as refused:
        replays.stage(late.platform, ONE)
    assert refused.value.code == "C_EXPIRED"
    assert road.rows(ONE)["observation"]


def test_a_practice_of_which_nothing_is_loaded_is_refused(road: Road) -> None:
    with pytest.raises(Refused) as refused:
        stage(road, "E83999")
    assert refused.value.code == "NOT_LOADED"


def test_a_delivery_whose_files_are_gone_holds_the_replay(road: Road) -> None:
    before, rows = road.files(), road.rows(ONE)
    (road.folder(11) / "delta_Entry.csv").unlink()
    with pytest.raises(Held) as held:
        stage(road)
    assert held.value.code == "REPLAY_HELD" and "cannot be read any more" in held.value.what
    assert (road.files(), road.rows(ONE)) == (before, rows)


def test_a_lake_that_went_on_is_not_overwritten(road: Road) -> None:
    double_values(road)
    staged = stage(road)
    road.send(13, {"Person": [], "Entry": [entry("E5", "5")]})
    road.load()
    with pytest.raises(Refused) as refused:
        commit(road, staged)
    assert refused.value.code == "REPLAY_STALE"
    assert not staged.home.exists()
    assert road.values() == [3, 4, 10, 10, 20]


def test_a_job_needs_an_event_that_asks_for_its_target(road: Road) -> None:
    double_values(road)
    platform = road.platform
    with pytest.raises(Refused) as refused:
        replays.replay_by_event(platform, ONE, "none")
    assert refused.value.code == "EVENT_UNKNOWN"
    event = replays.request(platform, ONE, "Ann", "OPS", "the select was mended")
    with pytest.raises(Refused):
        replays.replay_by_event(platform, TWO, event)
    outcome, staged = replays.replay_by_event(platform, ONE, event)
    assert (outcome, staged.detail) == (REPLAYED, "rows added 0, changed 3, deleted 0")
    assert road.values() == [6, 8, 20, 40]


# -- a crash -------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [3, 99])
def test_a_crash_while_it_is_taken_over_is_made_good(
    road: Road, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    double_values(road)
    staged = stage(road)
    monkeypatch.setattr(take_over, "_exchange", _dying(take_over._exchange, at))
    if at == 99:
        monkeypatch.setattr(take_over, "_record", _dying(take_over._record, 0))
    with pytest.raises(KeyboardInterrupt):
        commit(road, staged)
    monkeypatch.undo()

    assert finish_open(road.platform) == [staged.replay_id]

    assert road.values() == [6, 8, 20, 40]
    assert road.states() == ["LOADED REPLAYED"] * 3
    assert finish_open(road.platform) == []
    assert not staged.home.exists()
    assert commit(road, stage(road)) == UNCHANGED


def _dying(function: Callable[..., None], after: int) -> Callable[..., None]:
    done = 0

    def run(*arguments: object) -> None:
        nonlocal done
        if done == after:
            raise KeyboardInterrupt
        done += 1
        function(*arguments)

    return run


def test_a_replay_whose_shadow_is_lost_stops_the_road_until_it_is_made_again(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    double_values(road)
    staged = stage(road)
    monkeypatch.setattr(take_over, "_exchange", _dying(take_over._exchange, 3))
    with pytest.raises(KeyboardInterrupt):
        commit(road, staged)
    monkeypatch.undo()
    shutil.rmtree(staged.home)

    with pytest.raises(Held) as held:
        finish_open(road.platform)
    assert held.value.code == "REPLAY_LOST" and ONE in held.value.what

    assert commit(road, stage(road)) == REPLAYED
    assert road.values() == [6, 8, 20, 40]
    assert finish_open(road.platform) == []
