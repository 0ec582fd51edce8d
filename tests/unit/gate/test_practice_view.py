"""What is known of a practice on a day, each fact with its days (S1)."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.facts import Practice
from lds_assets.gate.formats import file_forms
from lds_assets.gate.practice_view import practice_view
from tests.unit.gate.desk import Office, office_of, template_of
from tests.unit.gate.world import PRACTICE, SEEDS, World

FORM = file_forms()["practice.csv"]
#: As a row was recorded before the operational days came.
LISTED = {
    **dict.fromkeys((each.name for each in FORM.columns if not each.may_be_absent), ""),
    **PRACTICE,
    "close_date": "2025-06-30",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World().change("icb.csv", valid_to="2026-04-01", successor_code="Z9B2Z")
    world = world.change("practice.csv", sub_icb_from="2020-04-01")
    world = world.add("icb.csv", icb_code="Z9B2Z", icb_name="West", valid_from="2026-04-01")
    world = world.add("branch.csv", branch_code="E83003001", practice_code="E83003",
                      valid_from="2020-01-01", valid_to="2025-01-01")  # fmt: skip
    tie = {"practice_code": "E83003", "kind": "PCN", "source": "ODS"}
    world = world.add("practice_relationship.csv", **tie, target_code="U1",
                      valid_from="2020-07-01", valid_to="2024-07-01")  # fmt: skip
    world = world.add("practice_relationship.csv", **tie, target_code="U2",
                      valid_from="2024-07-01")  # fmt: skip
    world = world.add("practice_succession.csv", predecessor="G83001", successor="E83003",
                      kind="MERGER", effective_on="2026-01-01", source="LOCAL_EVIDENCE",
                      evidence_ref="DMS:3")  # fmt: skip
    world = world.add("list_size.csv", practice_code="E83003", as_at="2025-06-01",
                      registered_count="900", source="NHS")  # fmt: skip
    return template_of(tmp_path_factory.mktemp("template"), world)


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Office:
    return office_of(template, tmp_path)


def test_each_fact_of_a_practice_is_that_of_the_day(office: Office) -> None:
    early = practice_view(office.register, "e83003", date(2024, 6, 30))
    assert [each["target_code"] for each in early.relationships] == ["QMJ", "U1", "93C"]
    assert [each["branch_code"] for each in early.branches] == ["E83003001"]
    assert (early.status, early.board, early.list_sizes) == ("ACTIVE", "QMJ", ())
    late = practice_view(office.register, "E83003", date(2026, 4, 1))
    assert [each["target_code"] for each in late.relationships] == ["Z9B2Z", "U2", "93C"]
    assert [(each["kind"], each["from"], each["to"]) for each in late.relationships] == [
        ("ICB", date(2026, 4, 1), None),
        ("PCN", date(2024, 7, 1), None),
        ("SUB_ICB", date(2020, 4, 1), None),
    ]
    assert late.branches == ()
    assert (late.board, late.board_name) == ("Z9B2Z", "West")
    assert [each["registered"] for each in late.list_sizes] == [900]
    assert [(each["predecessor"], each["source"]) for each in late.successions] == [
        ("G83001", "LOCAL_EVIDENCE")
    ]
    assert [(each["supplier"], each["is_current"]) for each in late.systems] == [("EMIS", True)]


def test_a_board_that_merged_is_left_on_the_day_without_gap_or_double(office: Office) -> None:
    """Fixture 34, the register's part: 31 March and 1 April."""
    boards = [
        practice_view(office.register, "E83003", day).board
        for day in (date(2026, 3, 31), date(2026, 4, 1))
    ]
    assert boards == ["QMJ", "Z9B2Z"]


@pytest.mark.parametrize(
    ("code", "told"), [("E83003001", "a branch of E83003"), ("E99999", "no such practice")]
)
def test_a_code_that_is_no_practice_is_told_so(office: Office, code: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        practice_view(office.register, code, date(2025, 6, 16))


@pytest.mark.parametrize("kind", ["PCN", "OPERATED_BY"])
def test_a_second_tie_of_a_kind_is_refused_also_beside_one_of_the_register(
    office: Office, tmp_path: Path, kind: str
) -> None:
    tie = {"practice_code": "E83003", "kind": kind, "source": "ODS", "valid_from": "2024-08-01"}
    world = World({"practice_relationship.csv": [{**tie, "target_code": "U3"}]})
    if kind == "PCN":
        with pytest.raises(Refused, match="P-2 two of a kind on one day, one of the register"):
            office.register.import_folder(world.write(tmp_path / "more"), "more")
        return
    world = world.add("practice_relationship.csv", **tie, target_code="U4")
    with pytest.raises(Refused, match=r"P-2 two of a kind on one day \(line 2, 3\)"):
        office.register.import_folder(world.write(tmp_path / "more"), "more")


@pytest.mark.parametrize(
    ("told", "opened", "closed", "used"),
    [
        ({}, date(1974, 4, 1), date(2025, 7, 1), "by its legal dates"),
        (
            {"operational_to": "2025-09-30"},
            date(1974, 4, 1),
            date(2025, 10, 1),
            "opens by its legal, closes by its operational date",
        ),
        (
            {"operational_from": "1974-05-01", "operational_to": "2025-06-15"},
            date(1974, 5, 1),
            date(2025, 6, 16),
            "by its operational dates",
        ),
    ],
)
def test_operational_days_count_where_they_are_told(
    told: dict[str, str], opened: date, closed: date, used: str
) -> None:
    practice = Practice.from_row(FORM.complete({**LISTED, **told}))
    assert (practice.opened_on, practice.closed_from, practice.days_used) == (opened, closed, used)
    assert practice.is_closed_on(closed)
    assert not practice.is_closed_on(closed - timedelta(days=1))
    assert (practice.legal_from, practice.legal_to) == (date(1974, 4, 1), date(2025, 6, 30))


def test_a_row_recorded_before_there_were_operational_days_is_read() -> None:
    practice = Practice.from_row(LISTED)
    assert (practice.closed_from, practice.operational_to) == (date(2025, 7, 1), None)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("operational", "P-6 the last operational day is before the first"),
        ("sub_icb", "P-7 a tie ends before it begins"),
        ("pcn", "P-7 a tie ends before it begins"),
    ],
)
def test_days_of_the_list_that_run_backwards_are_refused(
    tmp_path: Path, name: str, rule: str
) -> None:
    days: dict[str, str] = {f"{name}_from": "2025-06-16", f"{name}_to": "2025-06-15"}
    world = World({"practice.csv": [{**World().rows["practice.csv"][0], **days}]})
    register = Register(connect("sqlite://"), SEEDS)
    with pytest.raises(Refused, match=r"practice\.csv breaks 1 rule") as fault:
        register.import_folder(world.write(tmp_path / "own"))
    assert rule in fault.value.where
