"""Boards merge by dated data: every practice is under one board on each day."""

import csv
from collections import Counter
from datetime import date

import pytest

from lds_assets.gate.state import RegisterState, fold
from tests.unit.gate.test_policy import ALLOWED
from tests.unit.gate.world import SEEDS, World

LAST, FIRST = date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture(scope="module")
def london() -> RegisterState:
    """The shipped practices and boards, without a register."""
    rows = {}
    for name, file in (("icb.csv", "icb.csv"), ("practice.csv", "london_practices.csv")):
        with (SEEDS / "organisation" / file).open(encoding="utf-8", newline="") as handle:
            rows[name] = list(csv.DictReader(handle))
    return fold(World({**{name: [] for name in World().rows}, **rows}).events())


def test_the_merged_board_follows_the_old_ones_without_gap_or_double(
    london: RegisterState,
) -> None:
    open_ = [
        code
        for code, each in london.practices.items()
        if each.status == "ACTIVE" and each.icb_code and each.closed_from is None
    ]
    before = {code: london.board_on(code, LAST) for code in open_}
    after = {code: london.board_on(code, FIRST) for code in open_}
    assert "" not in {*before.values(), *after.values()}
    merged = {"QMJ": "Z9B2Z", "QRV": "Z9B2Z"}
    assert after == {code: merged.get(board, board) for code, board in before.items()}
    was, now = Counter(before.values()), Counter(after.values())
    assert not {"Z9B2Z"} & was.keys()
    assert not {"QMJ", "QRV"} & now.keys()
    assert now["Z9B2Z"] == was["QMJ"] + was["QRV"] > 400
    assert was.total() == now.total() == len(open_)


@pytest.mark.parametrize(
    ("day", "board"), [(LAST, "QMJ"), (FIRST, "Z9B2Z"), (date(2027, 1, 1), "Z9B2Z")]
)
def test_the_day_decides_for_the_gate_too(day: date, board: str) -> None:
    world = ALLOWED.change("icb.csv", valid_to="2026-04-01", successor_code="Z9B2Z").add(
        "icb.csv", icb_code="Z9B2Z", icb_name="West and North", valid_from="2026-04-01"
    )
    assert world.state().board_on("E83003", day) == board
    assert "P_OUT_OF_REGION" not in world.decide(day).reasons
