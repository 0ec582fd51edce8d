"""Random histories of two practices against a plain reference: the newest version wins."""

import tempfile
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lds_assets.canonical.account import account
from lds_assets.canonical.identity import record_id
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch
from lds_assets.canonical.standardise import Standardiser
from lds_assets.canonical.tables import FED_TABLES, canonical_table
from lds_assets.lake.session import session
from lds_assets.persons.stub import rebuild
from lds_assets.raw.load import LoadContext, load, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED
from lds_assets.release.record import Release
from lds_assets.release.relations import current_versions, open_release
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier
from tests.invented import TABLES, Extract, invented_supplier

PRACTICES = ("E84001", "E84002")
START = datetime(2026, 1, 1, 0, 5)

#: (practice, key) -> (value, deleted) per table
State = dict[str, dict[tuple[str, str], tuple[str, bool]]]


def apply(
    settings_: Settings,
    supplier: Supplier,
    sequence: int,
    extract: Extract,
    only: Collection[str] = tuple(TABLES),
) -> None:
    """Take one delivery, or some of its tables, through raw and canonical, as the road does."""
    with tempfile.TemporaryDirectory() as folder, session(settings_) as connection:
        register(connection, "INVENTED")
        files = {
            table: SourceFile(path, table, TABLES[table], extract.is_full, supplier)
            for table, path in extract.write(Path(folder)).items()
            if table in only
        }
        ownership = Ownership(settings_, connection, files, {})
        verdicts: dict[str, str | None] = dict.fromkeys((*PRACTICES, SHARED))
        context = LoadContext(
            settings_, connection, f"d{sequence}", sequence, extract.extracted_at, verdicts
        )
        for file in files.values():
            load(context, ownership, file, tally(connection, ownership, file))
        batch = Batch(settings_, connection, supplier, sequence, [*PRACTICES, SHARED])
        now = datetime.now(UTC).replace(tzinfo=None)
        standardiser = Standardiser(batch, extract.extracted_at, now)
        standardiser.run()
        for (table, practice), counts in account(batch, standardiser.relations).items():
            fates = sum(counts.values()) - counts["LANDED"]
            assert counts["LANDED"] == fates, (table, practice, counts)


def published(settings_: Settings) -> State:
    """Return what a release of the lake shows."""
    tables = {}
    for name in FED_TABLES:
        canonical_table(settings_, name).create()
        tables[name] = canonical_table(settings_, name).version()
    with session(settings_) as connection:
        patients = current_versions(settings_, "patient", tables["patient"], PRACTICES)
        connection.execute(f"create temp view current_patient as {patients}")
        tables |= rebuild(settings_, connection)
        release = Release("r", 1, START, "run", date(2026, 2, 1), "v", PRACTICES, tables)
        open_release(settings_, connection, release)
        read = {
            "Person": "select publisher_organisation_code, id, last_name, lds_is_deleted "
            "from release.patient",
            "Entry": "select publisher_organisation_code, id, cast(cast(result_value as bigint) "
            "as varchar), lds_is_deleted from release.observation",
        }
        state: State = {}
        for table, query in read.items():
            rows = connection.execute(query).fetchall()
            assert len(rows) == len({(practice, key) for practice, key, *_ in rows})
            state[table] = {
                (practice, key): ("" if deleted else value, deleted)
                for practice, key, value, deleted in rows
            }
        return state


def reference(history: Sequence[Extract], ids: dict[tuple[str, str, str], str]) -> State:
    """Work out the same state in plain Python from the rules, delivery by delivery.

    Newest by extraction time, then delivery, then row; a full file deletes what its practices'
    earlier rows held and it lacks; a patient's deletion takes along the entries not newer than it,
    and they stay deleted when only the patient comes back.
    """
    gone: dict[tuple[str, str], datetime] = {}
    for count in range(1, len(history) + 1):
        for person, (_, deleted, when) in _newest(history[:count], "Person").items():
            if deleted:
                gone[person] = max(gone.get(person, when), when)
    state: State = {"Person": {}, "Entry": {}}
    for (practice, key), (row, deleted, _) in _newest(history, "Person").items():
        state["Person"][practice, ids["Person", practice, key]] = (row[2], deleted)
    for (practice, key), (row, deleted, when) in _newest(history, "Entry").items():
        patient = gone.get((practice, row[1]))
        swept = patient is not None and when <= patient
        state["Entry"][practice, ids["Entry", practice, key]] = (row[3], deleted or swept)
    return state


def _newest(
    history: Sequence[Extract], table: str
) -> dict[tuple[str, str], tuple[Sequence[str], bool, datetime]]:
    """Return the newest row of each record, whether it is deleted, and since when it holds."""
    versions: dict[tuple[str, str], list[tuple[datetime, int, int, Sequence[str]]]] = {}
    fulls: dict[str, datetime] = {}
    for order, extract in enumerate(history):
        for place, row in enumerate(extract.rows[table]):
            practice = row[TABLES[table].index("Practice")]
            version = (extract.extracted_at, order, place, row)
            versions.setdefault((practice, row[0]), []).append(version)
            if extract.is_full:
                fulls[practice] = max(fulls.get(practice, START), extract.extracted_at)
    newest = {}
    for (practice, key), known in versions.items():
        when, _, _, row = max(known)
        since = fulls.get(practice, START)
        # deleted by its own row, or since the full file that lacks it; never twice
        deleted_by_row = row[-1] == "true"
        at = when if deleted_by_row else max(when, since)
        newest[practice, key] = (row, deleted_by_row or when < since, at)
    return newest


def _live(state: State) -> dict[tuple[str, str, str], str]:
    return {
        (table, *key): value
        for table, rows in state.items()
        for key, (value, deleted) in rows.items()
        if not deleted
    }


def _row(table: str, practice: str, key: str, value: int, deleted: bool) -> tuple[str, ...]:
    flag = "true" if deleted else "false"
    if table == "Person":
        return (key, practice, f"name{value}", "", "1980-01-31", flag)
    return (key, "p1", practice, str(value), "2025-06-01", flag)


ROWS = st.lists(
    st.tuples(st.sampled_from(PRACTICES), st.sampled_from("abc"), st.integers(0, 9), st.booleans()),
    max_size=5,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Extract]:
    count = draw(st.integers(2, 5))
    days = [0, *draw(st.permutations(range(1, count)))]
    history = []
    for place, day in enumerate(days):
        is_full = place == 0 or draw(st.integers(0, 3)) == 0
        people = [("p1" if key == "a" else key, p, v, d) for p, key, v, d in draw(ROWS)]
        rows = {
            "Person": [_row("Person", p, key, value, gone) for key, p, value, gone in people],
            "Entry": [_row("Entry", p, key, value, gone) for p, key, value, gone in draw(ROWS)],
        }
        history.append(Extract(START + timedelta(days=day), is_full, rows))
    return history


def _ids(supplier: Supplier) -> dict[tuple[str, str, str], str]:
    entities = {"Person": "patient", "Entry": "observation"}
    dataset = supplier.definition.dataset
    return {
        (table, practice, key): str(record_id(dataset, entities[table], practice, key))
        for table in TABLES
        for practice in PRACTICES
        for key in ("a", "b", "c", "p1")
    }


@settings(max_examples=15, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(history=histories())
def test_any_history_ends_where_newest_version_wins(history: list[Extract]) -> None:
    with tempfile.TemporaryDirectory() as home:
        supplier = invented_supplier(Path(home) / "invented")
        settings_ = Settings(home=Path(home) / "var", threads=1)
        for sequence, extract in enumerate(history, start=1):
            apply(settings_, supplier, sequence, extract)
        seen, expected = published(settings_), reference(history, _ids(supplier))
        assert _live(seen) == _live(expected)
        # a row that was out of date on arrival leaves no trace, so fewer deleted ids are fine
        assert all(seen[table].keys() <= expected[table].keys() for table in seen)


@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(history=histories(), lost=st.lists(st.booleans(), min_size=5, max_size=5))
def test_a_table_that_was_lost_and_comes_late_ends_as_if_it_never_was(
    history: list[Extract], lost: list[bool]
) -> None:
    """One table stops at its first lost file; all that waits comes later, in order."""
    history = sorted(history, key=lambda each: each.extracted_at)
    waiting: list[Extract] = []
    with tempfile.TemporaryDirectory() as home:
        supplier = invented_supplier(Path(home) / "invented")
        settings_ = Settings(home=Path(home) / "var", threads=1)
        apply(settings_, supplier, 1, history[0])
        for place, extract in enumerate(history[1:], start=1):
            is_full = extract.is_full  # begins the table's chain anew
            waits = lost[place] or (waiting and not is_full)
            waiting += [extract] if waits else []
            only = ("Person",) if waits else tuple(TABLES)
            apply(settings_, supplier, place + 1, extract, only)
        for place, extract in enumerate(waiting, start=len(history)):
            apply(settings_, supplier, place + 1, extract, ("Entry",))
        seen, expected = published(settings_), reference(history, _ids(supplier))
        assert _live(seen) == _live(expected)
