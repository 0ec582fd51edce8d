"""Old supplier against new, practice by practice: what both tell, what only one does (S15).

Counts alone leave this module. A figure outside its tolerance (``migration_tolerance.csv``) does
not stop the comparison; two persons accept it, or the practice waits.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from lds_assets.copies.keys import (
    PATIENTS,
    REGISTRATIONS,
    code_column,
    day_column,
    keyed,
)
from lds_assets.copies.matching import (
    MOVE_WINDOW_DAYS,
    Side,
    match_patients,
    match_registrations,
    name_codes,
    tables_compared,
)
from lds_assets.gate.events import canonical_json
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import literal

FATES = ("matched", "changed", "only_old", "only_new")

#: What a record is counted as, where a table holds more than one subject.
_SUBJECTS = {
    "observation": (
        "case when coalesce(record.is_problem, false) then 'problem' when named.code_meaning in "
        "(select code_meaning from copy_immunisation) then 'immunisation' else 'observation' end"
    ),
    "medication_statement": (
        "case when coalesce(record.is_active, false) then 'current medication' "
        "else 'past medication' end"
    ),
}


@dataclass(frozen=True)
class Figure:
    """Records of one subject in one year (0: without a date), by what became of them.

    Attributes:
        changed: the same event with another value, in both; ``only_old`` and ``only_new`` are in
            one of the systems alone.
    """

    subject: str
    year: int
    matched: int = 0
    changed: int = 0
    only_old: int = 0
    only_new: int = 0


@dataclass(frozen=True)
class Tolerance:
    """Largest shares of a subject, in percent of the old source's records."""

    only_old: float
    only_new: float
    changed: float


@dataclass(frozen=True)
class Comparison:
    """Two suppliers' records of one practice, counted on one day.

    Attributes:
        figures: by subject and year.
        repeated_patients: patients of the new source whose NHS number another one has too.
        restarted: registrations that begin anew with the move and continue an earlier one.
        begun_around: registrations of the new source that begin within the move's window.
        outside: subject and share of each figure outside its tolerance, in words.
    """

    practice_code: str
    old_dataset: str
    new_dataset: str
    moved_on: date
    as_of: date
    figures: tuple[Figure, ...]
    repeated_patients: int
    restarted: int
    begun_around: int
    outside: tuple[str, ...] = field(default=())

    @property
    def sha256(self) -> str:
        """Return the hash by which a reconciliation names this comparison."""
        return hashlib.sha256(canonical_json(self.plain()).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return it as plain values: counts and codes of organisations only."""
        told = asdict(self)
        told |= {"moved_on": self.moved_on.isoformat(), "as_of": self.as_of.isoformat()}
        return told

    def by_subject(self) -> list[Figure]:
        """Return the figures of all years together, in the order of the tolerances."""
        found: dict[str, Counter[str]] = {}
        for each in self.figures:
            counted = found.setdefault(each.subject, Counter())
            counted.update({fate: getattr(each, fate) for fate in FATES})
        return [Figure(subject, 0, **counted) for subject, counted in found.items()]


def tolerances(seeds: Path) -> dict[str, Tolerance]:
    """Return the tolerances by subject."""
    path = seeds / "governance" / "migration_tolerance.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {
            row["subject"]: Tolerance(
                float(row["only_old_percent"]),
                float(row["only_new_percent"]),
                float(row["changed_percent"]),
            )
            for row in csv.DictReader(handle)
        }


def outside(figures: Iterable[Figure], allowed: Mapping[str, Tolerance]) -> tuple[str, ...]:
    """Return the shares beyond their tolerance, in words.

    A subject the old source does not have at all is outside when the new one has any of it.
    """
    found = []
    for each in figures:
        limit = allowed[each.subject]
        old = each.matched + each.changed + each.only_old
        for fate in ("only_old", "only_new", "changed"):
            number, most = getattr(each, fate), getattr(limit, fate)
            if number * 100 > most * max(old, 1):
                share = f"{number / old:.1%} of {old:,}" if old else "none in the old system"
                found.append(f"{each.subject} {fate.replace('_', ' ')}: {number:,} ({share})")
    return tuple(found)


def compare(
    connection: duckdb.DuckDBPyConnection,
    old: Side,
    new: Side,
    moved_on: date,
    as_of: date,
    allowed: Mapping[str, Tolerance],
) -> Comparison:
    """Count what two sources of a practice tell, by subject and year.

    Raises:
        Held: the engine could not count; its message is withheld.
    """
    with without_values("the two suppliers could not be compared", old.practice):
        name_codes(connection, old)
        match_patients(connection, old, new)
        match_registrations(connection, old, new, moved_on.isoformat())
        _name_immunisations(connection, old, new)
        figures = [_patients(connection, old, new), *_registrations(connection, old, new)]
        for table in tables_compared():
            figures += _records(connection, table, old, new)
        comparison = Comparison(
            old.practice,
            old.dataset,
            new.dataset,
            moved_on,
            as_of,
            tuple(figures),
            _count(
                connection,
                "select coalesce(sum(n - 1), 0) from (select count(*) as n from patient_new "
                "where number is not null group by number)",
            ),
            _count(
                connection,
                "select count(*) from registration_match where kept_start_date is not null",
            ),
            _begun_around(connection, new, moved_on),
        )
    beyond = outside(comparison.by_subject(), allowed)
    return Comparison(**{**vars(comparison), "outside": beyond})


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _patients(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> Figure:
    """Count patients; one number with two birth dates is a change, not a match."""
    matched = _count(connection, "select count(*) from copy_patient")
    changed = _count(
        connection,
        "select count(distinct was.id) from patient_old as was inner join patient_new as now "
        "using (number) where was.id not in (select id from copy_patient) and now.id not in "
        "(select standing_id from copy_patient)",
    )
    olds, news = (
        _count(connection, f"select count(*) from ({each.live(PATIENTS)})") for each in (old, new)
    )
    both = matched + changed
    return Figure(PATIENTS, 0, matched, changed, max(olds - both, 0), max(news - both, 0))


def _registrations(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> Iterable[Figure]:
    year = "coalesce(year(episode_of_care_start_date), 0)"
    rows = connection.execute(
        f"""select year, coalesce(sum(matched), 0), coalesce(sum(only_old), 0),
            coalesce(sum(only_new), 0) from (
            select {year} as year, (found.id is not null)::integer as matched,
                (found.id is null)::integer as only_old, 0 as only_new
            from ({old.live(REGISTRATIONS)}) as episode
            left join registration_match as found on found.id = episode.id
            union all
            select {year}, 0, 0, 1 from ({new.live(REGISTRATIONS)})
            where id not in (select standing_id from registration_match)
        ) group by year order by year"""
    ).fetchall()
    return [Figure("registration", int(y), int(m), 0, int(o), int(n)) for y, m, o, n in rows]


def _begun_around(connection: duckdb.DuckDBPyConnection, new: Side, moved_on: date) -> int:
    day, window = f"date '{moved_on}'", f"interval {MOVE_WINDOW_DAYS} day"
    return _count(
        connection,
        f"select count(*) from ({new.live(REGISTRATIONS)}) where episode_of_care_start_date "
        f"between {day} - {window} and {day} + {window}",
    )


def _name_immunisations(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> None:
    """Make ``copy_immunisation``: codes that either source sends in a file of immunisations."""
    rows = " union all ".join(each.live("observation") for each in (old, new))
    connection.execute(
        "create or replace temp table copy_immunisation as select distinct code_meaning from "
        f"({rows}) as record inner join copy_code on copy_code.concept_id = "
        "record.observation_source_concept_id where record.lds_feed ilike '%immunisation%'"
    )


def _records(
    connection: duckdb.DuckDBPyConnection, table: str, old: Side, new: Side
) -> list[Figure]:
    """Count one table's records; what has no copy is looked for again without its value."""
    for name, side, patients in (("old", old, "copy_patient"), ("new", new, "")):
        told = side.live(table)
        connection.execute(
            f"create or replace temp table told_{name} as select fact.id, fact.year, "
            "fact.subject, coalesce(key.patient, fact.id) as patient, key.identity, key.value "
            f"from ({_facts(table, told)}) as fact left join ({keyed(table, told, patients)}) "
            "as key on key.id = fact.id"
        )
    _pair(connection, "same", "patient, identity, value")
    _pair(connection, "alike", "patient, identity", "same")
    rows = connection.execute(
        """select subject, year, count(*) filter (where fate = 'matched'),
            count(*) filter (where fate = 'changed'), count(*) filter (where fate = 'only_old'),
            count(*) filter (where fate = 'only_new')
        from (
            select subject, year, case when same.id is not null then 'matched'
                when alike.id is not null then 'changed' else 'only_old' end as fate
            from told_old left join same using (id) left join alike using (id)
            union all
            select subject, year, 'only_new' from told_new
            where id not in (select standing_id from same union all select standing_id from alike)
        ) group by subject, year order by subject, year"""
    ).fetchall()
    return [Figure(str(row[0]), *(int(each) for each in row[1:])) for row in rows]


def _facts(table: str, rows: str) -> str:
    day, code = day_column(table), code_column(table)
    year = f"coalesce(year(record.{day}), 0)" if day else "0"
    subject = _SUBJECTS.get(table, literal(table))
    join = f" left join copy_code as named on named.concept_id = record.{code}" if code else ""
    return f"select record.id, {year} as year, {subject} as subject from ({rows}) as record{join}"


def _pair(connection: duckdb.DuckDBPyConnection, name: str, keys: str, without: str = "") -> None:
    """Make a table (id, standing_id) of records with equal keys, one for one."""
    free = {"old": "true", "new": "true"}
    if without:
        free = {
            "old": f"id not in (select id from {without})",
            "new": f"id not in (select standing_id from {without})",
        }
    ranked = {
        side: f"select id, {keys}, row_number() over (partition by {keys} order by id) as n "
        f"from told_{side} where {condition}"
        for side, condition in free.items()
    }
    connection.execute(
        f"create or replace temp table {name} as select was.id, now.id as standing_id from "
        f"({ranked['old']}) as was inner join ({ranked['new']}) as now using ({keys}, n)"
    )
