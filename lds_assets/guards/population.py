"""Registered patients against the list size: what the release must not show (S14).

Counted in the lake before each release and kept, so that the gate's PUBLISH question can be asked
again without the lake: by people, and by what decides whether a release is due.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from sqlalchemy import Column, Date, Engine, Integer, String, Table, delete, insert, select

from lds_assets.canonical.tables import canonical_table
from lds_assets.database import metadata
from lds_assets.gate import Decision
from lds_assets.guards.measured import Reconciliation, latest
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import literal
from lds_assets.platform import Platform
from lds_assets.release.relations import current_versions

#: Reason of a practice whose first extract has not passed its reconciliation.
NOT_RECONCILED = "D_NOT_RECONCILED"

publish_population = Table(
    "publish_population",
    metadata,
    Column("practice_code", String(40), primary_key=True),
    Column("registered_count", Integer, nullable=False),
    Column("repeated_count", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
)


@dataclass(frozen=True)
class Population:
    """Patients of one practice in the lake, on one day.

    Attributes:
        registered_count: alive, no test patients, with a current regular registration.
        repeated_count: those of them whose NHS number another one has too.
    """

    practice_code: str
    registered_count: int
    repeated_count: int
    as_of: date


@dataclass(frozen=True)
class Withheld:
    """A practice whose gate is open for landing and shut for the release."""

    decision: Decision
    text: str

    @property
    def reason(self) -> str:
        """Return the first reason."""
        return self.decision.primary_reason


def count(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    practices: Collection[str],
    unfinished: frozenset[int],
) -> None:
    """Count the registered patients of practices in the lake, and keep the counts.

    Args:
        platform: settings and database.
        connection: an open session.
        practices: ODS codes; the others' counts are forgotten.
        unfinished: load sequences whose rows do not count.
    """
    as_of = platform.settings.business_date()
    found = {
        each.practice_code: each
        for each in _counted(platform, connection, sorted(practices), unfinished, as_of)
    }
    nobody = (Population(code, 0, 0, as_of) for code in sorted(practices))
    _keep(platform.engine, (found.get(each.practice_code, each) for each in nobody))


def known(engine: Engine) -> dict[str, Population]:
    """Return the newest counts by practice."""
    with engine.connect() as connection:
        rows = connection.execute(select(publish_population)).all()
    return {row.practice_code: Population(**row._mapping) for row in rows}


def asked(platform: Platform) -> dict[tuple[str, str], Decision | None]:
    """Return the PUBLISH answer for every supplier and practice whose landing gate is open.

    None where nothing of the practice is loaded from the supplier: there is nothing to leave out.
    """
    counts, loaded = known(platform.engine), loaded_sources(platform)
    answers: dict[tuple[str, str], Decision | None] = {}
    for code in platform.suppliers:
        for practice in platform.admitted(code):
            counted = counts.get(practice)
            number = counted.registered_count if counted else None
            answers[code, practice] = (
                platform.decide(code, practice, stage="PUBLISH", registered_count=number)
                if (code, practice) in loaded
                else None
            )
    return answers


def uncounted(platform: Platform) -> list[str]:
    """Return practices that may land and are loaded, and were not counted while they might not.

    Only the next release counts them; until then nobody knows whether it may show them.
    """
    counts = known(platform.engine)
    return sorted(
        {
            practice
            for (_, practice), answer in asked(platform).items()
            if answer is not None and practice not in counts
        }
    )


def withheld(platform: Platform) -> dict[str, Withheld]:
    """Return the practices that may land and whose records may not be released.

    A practice of which nothing is loaded yet has nothing to be left out.
    """
    counts, measured = known(platform.engine), latest(platform.engine)
    return {
        practice: Withheld(answer, _text(platform, answer, counts.get(practice), measured))
        for (_, practice), answer in asked(platform).items()
        if answer is not None and not answer.is_allowed
    }


def _text(
    platform: Platform,
    answer: Decision,
    counted: Population | None,
    measured: Mapping[tuple[str, str], Reconciliation],
) -> str:
    """Return what keeps a practice out, in words."""
    practice = answer.question.practice_code
    if answer.primary_reason != NOT_RECONCILED:
        return told(platform, practice, counted)
    last = measured.get((practice, answer.question.supplier_code))
    return last.text if last else "not measured yet; the next `lds run` does"


def loaded_sources(platform: Platform) -> set[tuple[str, str]]:
    """Return supplier folder and practice of everything that is in the lake."""
    return {
        (code, practice)
        for code in platform.suppliers
        for (_, practice), record in platform.ledger.supplier_outcomes(code).items()
        if record.outcome == "LOADED"
    }


def told(platform: Platform, practice: str, counted: Population | None) -> str:
    """Return the counts that keep a practice out, in words."""
    if counted is None:
        return "not counted yet; the next `lds run` does"
    size = platform.register.state().list_size_on(practice, platform.settings.business_date())
    number = counted.registered_count
    if size is None:
        return f"{number:,} registered, and no list size on record"
    share = f" ({number / size.registered_count:.1%})" if size.registered_count else ""
    text = (
        f"{number:,} registered, list size {size.registered_count:,} of {size.as_at} "
        f"({size.source}){share}"
    )
    if counted.repeated_count:
        text += f"; {counted.repeated_count:,} patients have the NHS number of another patient"
    return text


def _counted(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    practices: list[str],
    unfinished: frozenset[int],
    as_of: date,
) -> Iterable[Population]:
    if not practices:
        return []
    # of a practice that moved, only the present supplier's records are its list
    open_now = {(code, each) for code in platform.suppliers for each in platform.admitted(code)}
    former = {
        (practice, platform.suppliers[code].definition.dataset)
        for code, practice in loaded_sources(platform) - open_now
    }
    rows = {}
    for name in ("patient", "episode_of_care"):
        lake = canonical_table(platform.settings, name)
        lake.create()
        rows[name] = current_versions(
            platform.settings, name, lake.version(), practices, unfinished, former
        )
    today = f"date '{as_of:%Y-%m-%d}'"
    regular = _words(platform.settings.seeds, "registration_type", "regular")
    left = _words(platform.settings.seeds, "registration_status", "left")
    with without_values("the registered patients could not be counted", "release"):
        counted = connection.execute(
            f"with registered as (select distinct patient_id from ({rows['episode_of_care']}) "
            f"where not coalesce(lds_is_deleted, false) and lower(trim(type)) in ({regular}) and "
            "coalesce(managing_organisation_code, publisher_organisation_code) = "
            f"publisher_organisation_code and episode_of_care_start_date <= {today} and "
            # an end before the start is no end; who has left without an end is not registered
            f"(episode_of_care_end_date > {today} or ((episode_of_care_end_date is null or "
            "episode_of_care_end_date < episode_of_care_start_date) and "
            f"coalesce(lower(trim(status)), '') not in ({left})))), "
            "patient as (select publisher_organisation_code as practice, id, nhs_number from "
            f"({rows['patient']}) where not coalesce(lds_is_deleted, false) and not "
            f"coalesce(is_test_patient, false) and (death_date is null or death_date > {today}) "
            "and id in (select patient_id from registered)), "
            "numbered as (select practice, count(*) as patients from patient where nhs_number is "
            "not null group by practice, nhs_number), "
            "repeated as (select practice, sum(patients - 1) as surplus from numbered "
            "group by practice) "
            "select practice, count(*), coalesce(any_value(surplus), 0) from patient "
            "left join repeated using (practice) group by practice"
        ).fetchall()
    return [Population(str(code), int(n), int(again), as_of) for code, n, again in counted]


def _words(seeds: Path, subject: str, meaning: str) -> str:
    """Return the suppliers' words for a meaning, lower case, as a list of SQL literals."""
    with (seeds / "marts/concept_meaning.csv").open(encoding="utf-8", newline="") as handle:
        return ", ".join(
            literal(row["source_text"])
            for row in csv.DictReader(handle)
            if (row["subject"], row["meaning"]) == (subject, meaning)
        )


def _keep(engine: Engine, counts: Iterable[Population]) -> None:
    rows = [vars(each) for each in counts]
    with engine.begin() as connection:
        connection.execute(delete(publish_population))
        if rows:
            connection.execute(insert(publish_population), rows)
