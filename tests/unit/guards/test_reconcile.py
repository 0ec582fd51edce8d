"""Reconciliation: what is measured, what it lets through, and what the register keeps of it."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.gate.policy import POPULATION_TOLERANCE
from lds_assets.guards import holds, population, reconcile
from lds_assets.guards.holds import Persons
from lds_assets.guards.measured import Measure, Reconciliation, keep, latest
from lds_assets.guards.measures import Counted
from lds_assets.guards.population import Population
from lds_assets.guards.reconcile import is_due
from lds_assets.guards.thresholds import Verdict, thresholds
from lds_assets.lake.session import session
from lds_assets.landing.states import Delivery, DeliveryFile, PracticeRecord, State
from lds_assets.platform import Platform
from lds_assets.resources import REPOSITORY, Settings
from lds_assets.suppliers.registry import suppliers
from tests.unit.gate.world import DAY, World
from tests.unit.why.world import PRACTICE, platform_of

BULK = "emis/g/20250615T000500/bulk"
BOUNDS = thresholds(REPOSITORY / "seeds")
GOOD = Counted(records=1000, orphans=0, coded=1000, mapped=990, newest=date(2025, 6, 14))
LISTED = World().add(
    "list_size.csv", practice_code=PRACTICE, as_at="2025-05-01", registered_count="1000", source="T"
)

# -- the bounds


@pytest.mark.parametrize(
    ("measure", "value", "verdict"),
    [
        ("registered_share", 0.97, "GREEN"),
        ("registered_share", 1.03, "GREEN"),
        ("registered_share", 0.969, "AMBER"),
        ("registered_share", 0.90, "AMBER"),
        ("registered_share", 1.10, "AMBER"),
        ("registered_share", 0.899, "HOLD"),
        ("registered_share", 1.101, "HOLD"),
        ("repeated_number_share", 0.4, "AMBER"),
        ("mapped_share", 0.95, "GREEN"),
        ("mapped_share", 0.949, "AMBER"),
        ("mapped_share", 0.80, "AMBER"),
        ("mapped_share", 0.799, "HOLD"),
        ("mapped_share", None, "NOT_MEASURED"),
        ("pds_agreement_share", 0.99, "GREEN"),
        ("pds_agreement_share", 0.989, "AMBER"),
        ("pds_agreement_share", 0.949, "HOLD"),
        ("orphan_share", 0.001, "GREEN"),
        ("orphan_share", 0.05, "AMBER"),
        ("orphan_share", 0.0501, "HOLD"),
        ("newest_event_age_days", 14, "GREEN"),
        ("newest_event_age_days", 90, "AMBER"),
        ("newest_event_age_days", 91, "HOLD"),
        ("seen_table_share", 1.0, "GREEN"),
        ("seen_table_share", 0.75, "AMBER"),
        ("seen_table_share", 0.749, "HOLD"),
        ("pds_agreement_share", None, "NOT_MEASURED"),
    ],
)
def test_a_measure_is_green_amber_or_holds_at_its_bounds(
    measure: str, value: float | None, verdict: str
) -> None:
    assert BOUNDS[measure].verdict(value) == verdict


def test_the_bounds_of_the_population_are_the_gates() -> None:
    assert BOUNDS["registered_share"].amber == pytest.approx(
        (1 - POPULATION_TOLERANCE, 1 + POPULATION_TOLERANCE)
    )


def test_every_measure_has_an_owner_and_a_next_action() -> None:
    assert all(each.owner_role and each.next_action for each in BOUNDS.values())


# -- a practice that waits


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counted]:
    """What the lake would hold of the practice, a terminology loaded; a test may change it."""
    found = {PRACTICE: GOOD}
    monkeypatch.setattr(reconcile, "count_records", lambda *_: found)
    monkeypatch.setattr(reconcile, "editions", lambda _settings: [object()])
    return found


def _platform(
    home: Path, world: World = LISTED, registered: int = 1000, database: str = ""
) -> Platform:
    """Return a platform with the practice's bulk loaded, every table of it."""
    platform = platform_of(home, world, database=database)
    bulk = Delivery(BULK, "emis", "g", "f", "full", datetime(2025, 6, 15, 0, 5), State.LOADED)
    dictionary = suppliers()["emis"].dictionary
    platform.ledger.record(
        bulk,
        [
            DeliveryFile(
                *(BULK, name, name, "full", 1, 1),
                header=tuple(column.name for column in table.columns),
            )
            for name, table in dictionary.items()
        ],
    )
    platform.ledger.record_practices(BULK, [PracticeRecord(BULK, PRACTICE, "LOADED")])
    _count(platform, registered)
    return platform


def _count(platform: Platform, registered: int, repeated: int = 0) -> None:
    population._keep(platform.engine, [Population(PRACTICE, registered, repeated, DAY)])


def _reconcile(platform: Platform, run: str = "run") -> list[Reconciliation]:
    with session(Settings(home=platform.settings.home)) as connection:
        return reconcile.reconcile(platform, connection, frozenset(), run)


def _told(platform: Platform) -> list[tuple[str, str, str]]:
    """Return what the register holds of reconciliations: event, role, reason."""
    return [
        (each.event_type, each.actor_role, each.reason_code)
        for each in platform.register.events()
        if "onboarding" in (each.entity_type, each.entity_id.split("/")[0])
    ]


def test_a_practice_whose_measures_pass_is_reconciled_by_the_platform(
    tmp_path: Path, counted: dict[str, Counted]
) -> None:
    platform = _platform(tmp_path)
    (found,) = _reconcile(platform)
    assert (found.verdict, found.cause, found.delivery_id) == (Verdict.GREEN, "", BULK)
    assert [(each.measure, each.value) for each in found.measures] == [
        ("registered_share", 1.0),
        ("repeated_number_share", 0.0),
        ("mapped_share", 0.99),
        ("orphan_share", 0.0),
        ("newest_event_age_days", 1.0),
        ("seen_table_share", 1.0),
        ("pds_agreement_share", None),
    ]
    assert _told(platform) == [("reconciled", "SYSTEM", "GREEN")]
    assert population.withheld(platform) == {}
    # it is measured once: the next release has nothing to ask
    assert _reconcile(platform, "next") == []
    assert latest(platform.engine) == {(PRACTICE, "EMIS"): found}


def test_an_implied_opt_out_is_refused_and_the_refusal_is_recorded_once(
    tmp_path: Path, counted: dict[str, Counted]
) -> None:
    platform = _platform(tmp_path, registered=8)
    (found,) = _reconcile(platform)
    assert (found.verdict, found.cause) == (Verdict.HOLD, "D_POPULATION")
    assert found.measures[0].value == 0.008
    _reconcile(platform, "next")
    assert _told(platform) == [("refused", "SYSTEM", "D_POPULATION")]
    (left_out,) = population.withheld(platform).values()
    assert left_out.decision.reasons == ("D_POPULATION",)


def test_a_list_at_140_percent_names_its_duplicates(
    tmp_path: Path, counted: dict[str, Counted]
) -> None:
    platform = _platform(tmp_path)
    _count(platform, 1400, repeated=400)
    (found,) = _reconcile(platform)
    assert (found.verdict, found.cause) == (Verdict.HOLD, "D_POPULATION")
    assert _told(platform) == [("refused", "SYSTEM", "D_POPULATION")]
    assert list(population.withheld(platform)) == [PRACTICE]
    share, repeated, *_ = found.measures
    assert "400 patients have the NHS number of another patient" in share.detail
    assert (repeated.verdict, repeated.detail) == (
        Verdict.AMBER,
        "400 of 1,400 registered patients have another's NHS number",
    )


def test_without_a_list_size_nothing_is_reconciled(
    tmp_path: Path, counted: dict[str, Counted]
) -> None:
    (found,) = _reconcile(_platform(tmp_path, World()))
    assert found.cause == "D_BASELINE_MISSING"


def test_a_count_that_two_persons_accepted_passes(
    tmp_path: Path, counted: dict[str, Counted]
) -> None:
    platform = _platform(tmp_path, registered=500)
    _reconcile(platform)
    assert not is_due(platform, [])
    persons = Persons("Ann", "Bert", actor_role="DELIVERY_LEAD")
    holds.accept_population(platform.register, PRACTICE, 500, DAY, persons, "half of it moved")
    (left_out,) = population.withheld(platform).values()
    assert left_out.reason == "D_NOT_RECONCILED"
    assert is_due(platform, [PRACTICE])
    (found,) = _reconcile(platform, "next")
    assert (found.verdict, found.measures[0].verdict) == (Verdict.AMBER, Verdict.AMBER)
    assert _told(platform)[-1] == ("reconciled", "SYSTEM", "AMBER")
    assert population.withheld(platform) == {}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"orphans": 51}, "D_ORPHANS"),
        ({"mapped": 799}, "D_MAPPING"),
        ({"newest": date(2025, 3, 16)}, "D_STALE"),
        ({"newest": None}, "D_STALE"),
    ],
)
def test_a_measure_of_the_lake_holds_under_its_own_reason(
    tmp_path: Path, counted: dict[str, Counted], change: dict[str, object], cause: str
) -> None:
    counted[PRACTICE] = replace(GOOD, **change)  # type: ignore[arg-type]  # fields by name
    platform = _platform(tmp_path)
    (found,) = _reconcile(platform)
    assert found.cause == cause
    assert _told(platform) == [("refused", "SYSTEM", cause)]
    (left_out,) = population.withheld(platform).values()
    assert (left_out.reason, left_out.text) == ("D_NOT_RECONCILED", found.text)
    assert not is_due(platform, [PRACTICE]), "measuring again without news would say the same"


@pytest.mark.parametrize(
    ("mapped", "verdict"), [(950, Verdict.GREEN), (949, Verdict.AMBER), (800, Verdict.AMBER)]
)
def test_codes_that_are_mapped_well_enough_let_the_practice_through(
    tmp_path: Path, counted: dict[str, Counted], mapped: int, verdict: Verdict
) -> None:
    counted[PRACTICE] = replace(GOOD, mapped=mapped)
    platform = _platform(tmp_path)
    (found,) = _reconcile(platform)
    assert found.verdict is verdict
    assert _told(platform) == [("reconciled", "SYSTEM", str(verdict))]


def test_what_cannot_be_measured_says_so_and_why_and_passes_nothing_off_as_green(
    tmp_path: Path, counted: dict[str, Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "editions", lambda _settings: [])
    counted[PRACTICE] = replace(GOOD, mapped=0)
    (found,) = _reconcile(_platform(tmp_path))
    told = {each.measure: (each.value, each.verdict, each.detail) for each in found.measures}
    assert told["mapped_share"] == (
        None,
        Verdict.NOT_MEASURED,
        "no terminology is loaded; by what suppliers send, 0 of 1,000 coded records",
    )
    assert told["pds_agreement_share"] == (
        None,
        Verdict.NOT_MEASURED,
        "no trace service is connected",
    )
    assert found.cause == ""


def test_tables_that_never_came_are_named(tmp_path: Path, counted: dict[str, Counted]) -> None:
    platform = _platform(tmp_path)
    files = platform.ledger.files(BULK)
    # 21 tables: six of them are more than a quarter
    absent = sorted(each.table_name for each in files)[:6]
    bulk = platform.ledger.delivery(BULK)
    assert bulk is not None
    platform.ledger.record(bulk, [each for each in files if each.table_name not in absent])
    (found,) = _reconcile(platform)
    assert found.cause == "D_TABLES"
    assert f"not sent: {', '.join(absent)}" in found.text


def test_a_delta_alone_is_no_first_extract(tmp_path: Path, counted: dict[str, Counted]) -> None:
    platform = _platform(tmp_path)
    bulk = platform.ledger.delivery(BULK)
    assert bulk is not None
    platform.ledger.record(replace(bulk, kind="delta"))
    assert _reconcile(platform) == []


def test_a_practice_never_measured_is_due(tmp_path: Path) -> None:
    assert is_due(_platform(tmp_path), [PRACTICE])


def test_another_cause_is_refused_anew(tmp_path: Path, counted: dict[str, Counted]) -> None:
    platform = _platform(tmp_path, registered=8)
    _reconcile(platform)
    counted[PRACTICE] = replace(GOOD, orphans=51)
    _count(platform, 1000)
    _reconcile(platform, "next")
    assert [reason for *_, reason in _told(platform)] == ["D_POPULATION", "D_ORPHANS"]


def test_the_newest_run_is_the_one_told(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, LISTED)

    def one(verdict: Verdict) -> Reconciliation:
        measure = Measure("orphan_share", 0.1, "up to 5 %", verdict, "D_ORPHANS", "counts")
        return Reconciliation(PRACTICE, "EMIS", BULK, DAY, (measure,))

    keep(platform.engine, [one(Verdict.HOLD)], "first")
    keep(platform.engine, [one(Verdict.AMBER)], "second")
    assert latest(platform.engine)[PRACTICE, "EMIS"].verdict is Verdict.AMBER
    keep(platform.engine, [one(Verdict.HOLD)], "second")
    found = latest(platform.engine)[PRACTICE, "EMIS"]
    assert (found.verdict, len(found.measures)) == (Verdict.HOLD, 1)
