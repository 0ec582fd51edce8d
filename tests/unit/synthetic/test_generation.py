"""A run follows from its arguments alone, and its people are plausible inventions."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.synthetic.catalogue import failing_number, passes_verhoeff, read_rows
from lds_assets.synthetic.form import PracticePlan
from lds_assets.synthetic.population import chunks, make_chunk, open_population
from lds_assets.synthetic.practices import plan_run
from tests.unit.synthetic.deliveries import BULK, END_DATE, Landing, digest, make

#: of the EMIS deliveries of tiny, seed 42, two days; a change of the generator is meant to be seen
EMIS_TINY = "700eecb9562226762a15cc4cbe15477514f5b6da94d4f83c4180bc26a9f20cbb"


def test_tiny_has_the_bytes_it_had(tiny: Landing) -> None:
    assert digest(tiny.folder / "emis") == EMIS_TINY


def test_equal_arguments_give_equal_bytes(tiny: Landing, tmp_path: Path) -> None:
    assert digest(make(tmp_path).folder) == digest(tiny.folder)


def nhs_numbers(seed: int, *scenarios: str) -> list[str | None]:
    plan = plan_run("tiny", seed, 0, END_DATE, scenarios)
    connection = open_population(plan)
    numbers: list[str | None] = []
    for practice in plan.practices[:2]:
        make_chunk(connection, practice, 1, practice.patients + 1)
        rows = connection.execute("select nhs_number from syn.patient").fetchall()
        numbers.extend(row[0] for row in rows)
    return numbers


def test_another_seed_gives_other_people() -> None:
    connection = open_population(plan_run("tiny", 42, 0, END_DATE))
    other = open_population(plan_run("tiny", 43, 0, END_DATE))
    births = []
    for opened in (connection, other):
        make_chunk(opened, plan_run("tiny", 42, 0, END_DATE).practices[0], 1, 50)
        births.append(opened.execute("select birth_date from syn.patient").fetchall())
    assert births[0] != births[1]


def test_a_practice_is_the_same_whatever_was_made_before_it() -> None:
    plan = plan_run("tiny", 42, 2, END_DATE)
    first, second = plan.practices[:2]

    def events(*practices: PracticePlan) -> object:
        connection = open_population(plan)
        for practice in practices:
            for low, high in chunks(practice):
                make_chunk(connection, practice, low, high)
        return connection.execute("select count(*), sum(hash(event)) from syn.event").fetchone()

    assert events(first, second) == events(second) != events(first)


def nhs_check(number: str) -> bool:
    """Say whether the tenth digit is the modulus-11 check of the nine before it."""
    weighted = sum(
        int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)
    )
    return (11 - weighted % 11) % 11 == int(number[9])


def test_nhs_numbers_are_of_the_test_range_and_spoiled_only_by_the_named_defect() -> None:
    # 943 476 5919 is the worked example of the check digit algorithm
    assert nhs_check("9434765919") and not nhs_check("9434765918")
    clean = nhs_numbers(42, "clean")
    assert len(clean) > 150
    assert all(number and number.startswith("999") and nhs_check(number) for number in clean)
    assert None in nhs_numbers(42, "nhs_missing")
    invalid = nhs_numbers(42, "nhs_invalid")
    assert None not in invalid
    assert not all(number and nhs_check(number) for number in invalid)
    assert all(number and number.startswith("999") for number in invalid)


def test_person_numbers_give_distinct_nhs_numbers() -> None:
    connection = open_population(plan_run("tiny", 42, 0, END_DATE))
    rows = connection.execute("select nhs_number(n) from range(0, 200000, 7) as t(n)").fetchall()
    numbers = [row[0] for row in rows]
    assert len(set(numbers)) == len(numbers) == 28572
    assert all(len(number) == 10 and nhs_check(number) for number in numbers)


def test_persons_are_shared_by_practices_and_look_the_same_there() -> None:
    plan = plan_run("small", 42, 0, END_DATE)
    connection = open_population(plan)
    seen: dict[int, list[tuple[str, str, date]]] = defaultdict(list)
    patients = 0
    for practice in plan.practices:
        if practice.case != "consented":
            continue
        make_chunk(connection, practice, 1, practice.patients + 1)
        rows = connection.execute(
            "select person_no, surname, birth_date from syn.patient"
        ).fetchall()
        patients += len(rows)
        for person, surname, born in rows:
            seen[person].append((practice.supplier_code, surname, born))
    shared = [places for places in seen.values() if len(places) > 1]
    assert 0.03 <= len(shared) / len(seen) <= 0.06
    assert all(len({born for _, _, born in places}) == 1 for places in shared)
    assert any(len({supplier for supplier, _, _ in places}) == 2 for places in shared)


def test_marks_of_denied_practices_are_in_their_rows_and_nowhere_else(tiny: Landing) -> None:
    denied = {
        practice.supplier_org_id: f"CANARY{practice.code}"
        for practice in tiny.report.practices
        if practice.case != "consented" and practice.supplier_code == "emis"
    }
    marked = Counter[str]()
    for path in sorted(tiny.folder.glob("emis/*/*/*.csv")):
        table = "_".join(path.name.split("_")[2:4])
        for row in tiny.rows(table, path.parent.name):
            text = "|".join(row.values())
            owner = row.get("OrganisationGuid") or row.get("LocationGuid", "")
            if "CANARY" in text and owner in denied:
                assert text.count("CANARY") == text.count(denied[owner])
                marked[owner] += 1
            elif "CANARY" in text:
                assert table == "Admin_Location"
    assert set(marked) == set(denied)
    tpp = b"".join(path.read_bytes() for path in tiny.folder.glob("tpp/*/*/*.csv"))
    assert b"CANARY" not in tpp


def test_each_denied_patient_carries_the_mark(tiny: Landing) -> None:
    denied = tiny.org_ids("no_consent", "withdrawn", "starts_tomorrow")
    rows = [row for row in tiny.rows("Admin_Patient", BULK) if row["OrganisationGuid"] in denied]
    assert len(rows) >= 50
    for row in rows:
        assert row["Surname"].startswith("CANARY") and "CANARY" in row["GivenName"]


def test_shares_of_conditions_are_those_aimed_at() -> None:
    plan = plan_run("perf", 42, 0, END_DATE)
    connection = open_population(plan)
    make_chunk(connection, plan.practices[0], 1, 2501)
    rows = connection.execute(
        """select code_key, count(distinct patient_no) / 2500.0 from syn.event
        where kind = 'diagnosis' group by code_key"""
    ).fetchall()
    found = dict(rows)
    for condition in read_rows("fixture_conditions"):
        share = float(condition["share"])
        if share >= 0.03 and condition["code_key"].startswith(("dia", "hyper", "dep", "asth")):
            assert found[condition["code_key"]] == pytest.approx(share, rel=0.35)


def test_a_number_is_known_by_its_verhoeff_digit() -> None:
    # 236 takes the check digit 3: the example of Verhoeff's paper
    assert passes_verhoeff("2363") and not passes_verhoeff("2364")
    assert failing_number(236) == "2364"


def test_no_code_of_the_fixtures_can_be_a_real_one() -> None:
    numbers = [
        row[column]
        for name, columns in (
            ("fixture_codes", ("snomed_code", "snomed_description", "emis_code_id")),
            ("fixture_drugs", ("dmd_code", "emis_code_id")),
        )
        for row in read_rows(name)
        for column in columns
        if row[column]
    ]
    assert len(numbers) > 700
    assert not any(passes_verhoeff(number) for number in numbers)


def test_codes_are_distinct_and_clusters_resolve() -> None:
    rows = read_rows("fixture_codes")
    for column in ("code_key", "emis_code_id", "read_code", "ctv3_code"):
        assert len({row[column] for row in rows}) == len(rows)
    keys = {row["code_key"] for row in rows}
    for condition in read_rows("fixture_conditions"):
        assert condition["code_key"] in keys
        assert condition["resolved_key"] in keys | {""}


def test_a_run_keeps_to_its_size() -> None:
    plan = plan_run("small", 42, 2, END_DATE)
    loaded = [practice for practice in plan.practices if practice.case == "consented"]
    assert Counter(practice.supplier_code for practice in loaded) == {"emis": 9, "tpp": 3}
    assert sum(practice.patients for practice in loaded) == 12_000
    assert len({practice.icb_code for practice in loaded}) == 5
    assert len({practice.group for practice in loaded}) == 5
    assert [practice.case for practice in plan.practices[12:]] == [
        "no_consent",
        "withdrawn",
        "starts_tomorrow",
        "medicus",
        "vision",
    ]
    assert all(practice.canary for practice in plan.practices[12:])
    assert not any(practice.canary for practice in loaded)


def test_an_unknown_scenario_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="unknown scenario: nonsense"):
        make(tmp_path, "nonsense")
    assert not (tmp_path / "landing").exists()


def test_a_clean_run_has_none_of_the_defects(tmp_path: Path) -> None:
    clean = make(tmp_path, "clean", days=2)
    patients = {row["PatientGuid"] for row in clean.rows("Admin_Patient", BULK)}
    slots = clean.rows("Appointment_Slot", BULK)
    assert {row["PatientGuid"] for row in slots} - {""} <= patients
    observations = clean.rows("CareRecord_Observation", BULK)
    assert all(row["EffectiveDate"] > "1910" for row in observations)
    codes = {row["CodeId"] for row in clean.rows("Coding_ClinicalCode", BULK)}
    assert {row["CodeId"] for row in observations} <= codes


def test_long_records_are_made_in_small_pieces_that_join_up() -> None:
    plan = plan_run("one-practice", 42, 1, END_DATE)
    practice = plan.practices[0]
    pieces = list(chunks(practice, plan.consultations))
    assert practice.patients == 25_000
    assert max(high - low for low, high in pieces) * plan.consultations <= 25_000
    assert [low for low, _ in pieces[1:]] == [high for _, high in pieces[:-1]]
    assert (pieces[0][0], pieces[-1][1]) == (1, 25_001)


def test_a_delta_of_one_real_sized_practice_brings_one_entry_in_two_hundred() -> None:
    plan = plan_run("one-practice", 42, 1, END_DATE)
    connection = open_population(plan)
    make_chunk(connection, plan.practices[0], 1, 201)
    row = connection.execute(
        "select (select count(*) from syn.event where born_day = 0),"
        " (select count(*) from syn.event_day(1))"
    ).fetchone()
    assert row is not None
    assert row[0] / 200 == pytest.approx(400, rel=0.25)
    assert 0.003 < row[1] / row[0] < 0.007
