"""``lds quarantine``: what waits by reason, with owner and next action, and never a value."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.guards import holds
from lds_assets.landing.advice import ADVICE
from lds_assets.landing.states import Fate, Reason, State
from lds_assets.raw.tally import QUARANTINE_REASONS
from tests.unit.gate.world import DAY
from tests.unit.replay.world import CODE, FULL, ONE, TWO, Road, entry, open_gate, person

SECRET = "Unmistakable"
LOST = {"Person": [person("P9", TWO)], "Entry": [entry("E9", "9", TWO)]}


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    """A full extract with three faulty rows is loaded, the next one lacks a file."""
    made = Road(tmp_path_factory.mktemp("home"), open_gate())
    faulty = [
        entry("E7", SECRET),
        entry("", "7"),
        entry("E8", SECRET, TWO),
        ["E6", "P1", "", "6", "2025-06-09", ""],
    ]
    made.send(10, {"Person": FULL["Person"], "Entry": [*FULL["Entry"], *faulty]}, full=True)
    made.load()
    made.send(11, LOST)
    (made.folder(11) / "delta_Person.csv").unlink()
    made.load()
    holds.place(made.platform.register, ONE, made.delivery(10), holds.FALSE_FULL, "3 of 4")
    return made


@pytest.fixture
def lds(road: Road, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    monkeypatch.setenv("LDS_HOME", str(road.home))
    monkeypatch.setenv("LDS_SUPPLIERS", str(road.home / "code"))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, ["quarantine", *arguments, "--json"])
        plain = CliRunner().invoke(app, ["quarantine", *arguments])
        for said in (result.output, plain.output):
            assert SECRET not in said and "E7" not in said
        assert plain.exit_code == result.exit_code
        return result.exit_code, json.loads(result.stdout)

    return run


def test_the_list_names_deliveries_practices_and_rows(road: Road, lds: Any) -> None:  # noqa: ANN401
    code, document = lds("list")
    assert code == 0
    (delivery,) = document["deliveries"]
    assert (delivery["delivery_id"], delivery["state"]) == (road.delivery(11), "INCOMPLETE")
    assert (delivery["owner_role"], delivery["to_do"]) == (
        "OPS",
        "wait for the copy to end; if it stays, ask the supplier to send the delivery again",
    )
    assert [each["reason"] for each in document["practices"]] == ["FALSE_FULL"]
    rows = [(e["practice_code"], e["reason"], e["rows"]) for e in document["rows"]]
    assert rows == [
        ("nobody's", "NO_OWNER", 1),
        (ONE, "BAD_VALUE", 1),
        (ONE, "NO_KEY", 1),
        (TWO, "BAD_VALUE", 1),
    ]
    assert all(each["owner_role"] and each["to_do"] for each in document["rows"])


def test_the_list_of_one_practice_names_no_other(road: Road, lds: Any) -> None:  # noqa: ANN401
    document = lds("list", "--practice", TWO.lower())[1]
    assert [each["practice_code"] for each in document["rows"]] == [TWO]
    assert (document["practices"], document["deliveries"]) == ([], [])


def test_a_delivery_shows_its_faulty_lines(road: Road, lds: Any) -> None:  # noqa: ANN401
    code, document = lds("show", road.delivery(10))
    assert code == 0
    rows = [
        (e["table"], e["practice_code"], e["reason"], e["column"], e["records"])
        for e in document["rows"]
    ]
    # four good records stand before them
    assert sorted(rows) == [
        ("Entry", ONE, "BAD_VALUE", "Value", "5"),
        ("Entry", ONE, "NO_KEY", "(key)", "6"),
        ("Entry", TWO, "BAD_VALUE", "Value", "7"),
        ("Entry", "nobody's", "NO_OWNER", "", "8"),
    ]
    assert document["events"][-1]["to"] == "LOADED"


def test_a_delivery_nobody_knows_is_refused(lds: Any) -> None:  # noqa: ANN401
    code, document = lds("show", f"{CODE}/none")
    assert (code, document["code"]) == (4, "DELIVERY_UNKNOWN")


def test_every_reason_that_can_wait_says_what_it_means_and_who_acts() -> None:
    assert {str(reason) for reason in Reason} | QUARANTINE_REASONS <= ADVICE.keys()
    assert {*holds.MEANING} <= ADVICE.keys()
    settled = {
        "REPEATED",
        "OVERLAP",
        "OUT_OF_ORDER",
        "REPLACED",
        "FIRST_KEPT",
        "REPLAYED",
        "COVERED",
    }
    for code, each in ADVICE.items():
        assert each.meaning
        waits = code not in settled | {"KIND_INFERRED", "PENDING", "NOT_LOADED"}
        assert not waits or (each.owner_role and each.next_action), code


def test_a_fate_told_without_advice_of_its_own_gets_the_reasons(road: Road, lds: Any) -> None:  # noqa: ANN401
    ledger = road.platform.ledger
    before = ledger.delivery(road.delivery(11))
    assert before is not None
    ledger.set_state(before.delivery_id, Fate(State.HELD, Reason.LOAD_FAULT, "told by class"))
    try:
        (delivery,) = lds("list")[1]["deliveries"]
        assert delivery["what"] == "told by class"
        assert delivery["to_do"] == ADVICE[Reason.LOAD_FAULT].next_action
    finally:
        ledger.set_state(before.delivery_id, before.fate)
