"""Finds the records of two sources that tell of the same patients and events.

A record of the old source has at most one copy in the new one, and a copy stands for one record
alone: two equal readings of a day are two, in both sources.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from lds_assets.canonical.macros import register
from lds_assets.canonical.tables import canonical_table
from lds_assets.copies.keys import REGISTRATIONS, content_keys, keyed, parent_column
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.sql import literal
from lds_assets.release.relations import current_versions
from lds_assets.resources import Settings

#: Days around a move in which a registration that begins or ends may be the move's doing.
MOVE_WINDOW_DAYS = 14
#: Days around a merger in which a patient under both codes is one person (S16).
MERGER_WINDOW_DAYS = 60


@dataclass(frozen=True)
class Side:
    """The records of one practice that came from one supplier.

    Attributes:
        tables: OLIDS table -> version of its Delta table.
        unfinished: load sequences that do not count.
    """

    settings: Settings
    tables: Mapping[str, int]
    unfinished: frozenset[int]
    practice: str
    dataset: str

    def live(self, table: str) -> str:
        """Return a select of the current records that are not deleted, lake columns."""
        rows = current_versions(
            self.settings, table, self.tables[table], [self.practice], self.unfinished
        )
        return self._own(rows)

    def ever(self, table: str) -> str:
        """Return a select of every version that says something.

        A record edited or deleted since it came is still the copy of what it said then.
        """
        lake = canonical_table(self.settings, table)
        files = lake.files(self.tables[table], publishers=[self.practice], without=self.unfinished)
        return self._own(lake.select(files))

    def _own(self, rows: str) -> str:
        return (
            f"select * from ({rows}) where not coalesce(lds_is_deleted, false) and {PARTITION} = "
            f"{literal(self.practice)} and lds_source_dataset = {literal(self.dataset)}"
        )


def name_codes(connection: duckdb.DuckDBPyConnection, side: Side) -> None:
    """Make ``copy_code``: what each concept means, whichever system's code it is.

    The recommended target in SNOMED CT (UCUM for units) where there is one, else the code of its
    own system, or for units the text itself.
    """
    rows = {
        name: current_versions(side.settings, name, side.tables[name], [], side.unfinished)
        for name in ("concept", "concept_map")
    }
    connection.execute(
        f"""create or replace temp table copy_code as
        with target as (
            select source_concept_id, target_system, arg_min(
                target_code, (not coalesce(is_primary, false), coalesce(equivalence_rank, 99),
                target_concept_id)
            ) as target_code
            from ({rows["concept_map"]})
            where target_code is not null and upper(coalesce(equivalence, '')) not in
                ('UNMATCHED', 'DISJOINT') and target_system in
                ('http://snomed.info/sct', 'http://unitsofmeasure.org')
            group by source_concept_id, target_system
        )
        select concept.concept_id,
            case when concept.system = 'http://snomed.info/sct' then concept.code
                else coalesce(snomed.target_code, concept.system || '|' || concept.code)
            end as code_meaning,
            coalesce(ucum.target_code, lower(trim(concept.code))) as unit_meaning,
            lower(left(trim(concept.code), 1)) as sex
        from ({rows["concept"]}) as concept
        left join target as snomed on snomed.source_concept_id = concept.concept_id
            and snomed.target_system = 'http://snomed.info/sct'
        left join target as ucum on ucum.source_concept_id = concept.concept_id
            and ucum.target_system = 'http://unitsofmeasure.org'"""
    )


def match_patients(connection: duckdb.DuckDBPyConnection, old: Side, new: Side) -> None:
    """Make ``copy_patient`` (id, standing_id, rule): the old source's patients in the new one.

    First by valid NHS number and birth date; then, where one of them has no valid number, by birth
    date, sex and postcode, if nobody else on either side has the same three.
    """
    register(connection, "")
    for name, side in (("old", old), ("new", new)):
        connection.execute(f"create or replace temp table patient_{name} as {_described(side)}")
    connection.execute(
        """create or replace temp table copy_patient as
        with numbered_old as (
            select *, row_number() over (partition by number, birth_date order by id) as n
            from patient_old where number is not null
        ),
        numbered_new as (
            select *, row_number() over (partition by number, birth_date order by id) as n
            from patient_new where number is not null
        ),
        by_number as (
            select numbered_old.id, numbered_new.id as standing_id, 'nhs_number' as rule
            from numbered_old inner join numbered_new using (number, n)
            where numbered_old.birth_date is not distinct from numbered_new.birth_date
        ),
        rest_old as (
            select *, count(*) over (partition by birth_date, sex, postcode) as alike
            from patient_old where id not in (select id from by_number)
        ),
        rest_new as (
            select *, count(*) over (partition by birth_date, sex, postcode) as alike
            from patient_new where id not in (select standing_id from by_number)
        )
        select * from by_number
        union all
        select rest_old.id, rest_new.id, 'identity'
        from rest_old inner join rest_new using (birth_date, sex, postcode)
        where rest_old.alike = 1 and rest_new.alike = 1
            and (rest_old.number is null or rest_new.number is null)"""
    )


def _described(side: Side) -> str:
    return f"""
        select patient.id, lds_nhs_number(patient.nhs_number) as number, patient.birth_date,
            case when copy_code.sex in ('f', 'm') then copy_code.sex end as sex, home.postcode
        from ({side.live("patient")}) as patient
        left join copy_code on copy_code.concept_id = patient.gender_source_concept_id
        left join (
            select patient_id, arg_max(lds_clean_postcode(postcode),
                (end_date is null, coalesce(start_date, date '1900-01-01'), id)) as postcode
            from ({side.live("patient_address")}) group by patient_id
        ) as home on home.patient_id = patient.id"""


def match_records(
    connection: duckdb.DuckDBPyConnection, table: str, old_rows: str, new_rows: str
) -> None:
    """Make ``record_match`` (id, standing_id): records with the same key on both sides.

    Args:
        old_rows, new_rows: selects of the table's columns; ``copy_patient`` is known.
    """
    ranked = (
        "select *, row_number() over (partition by patient, identity, value order by id) as n "
        "from (select distinct id, patient, identity, value from ({0}))"
    )
    old = ranked.format(keyed(table, old_rows, "copy_patient"))
    new = ranked.format(keyed(table, new_rows))
    connection.execute(
        f"create or replace temp table record_match as select old.id, new.id as standing_id from "
        f"({old}) as old inner join ({new}) as new using (patient, identity, value, n)"
    )


def match_registrations(
    connection: duckdb.DuckDBPyConnection, old: Side, new: Side, moved_on: str
) -> None:
    """Make ``registration_match`` (id, standing_id, kept_start_date).

    Registrations that begin on the same day are copies. One that begins anew with the move
    continues the one that the old source had open then: the earlier start is kept.

    Args:
        moved_on: first day of the new source, ISO.
    """
    window = f"interval {MOVE_WINDOW_DAYS} day"
    day = f"date {literal(moved_on)}"
    told = (
        "select episode.id, {patient} as patient, episode_of_care_start_date as begun, "
        "episode_of_care_end_date as ended from ({rows}) as episode"
    )
    was = told.format(patient="held.standing_id", rows=old.live(REGISTRATIONS))
    was += " inner join copy_patient as held on held.id = episode.patient_id"
    now = told.format(patient="episode.patient_id", rows=new.live(REGISTRATIONS))
    connection.execute(
        f"""create or replace temp table registration_match as
        with was as ({was}), now as ({now}),
        same_was as (
            select *, row_number() over (partition by patient, begun order by id) as n from was
        ),
        same_now as (
            select *, row_number() over (partition by patient, begun order by id) as n from now
        ),
        same as (
            select same_was.id, same_now.id as standing_id
            from same_was inner join same_now using (patient, n)
            where same_was.begun is not distinct from same_now.begun
        ),
        open_was as (
            select *, row_number() over (partition by patient order by begun desc, id) as n
            from was where id not in (select id from same) and begun < {day}
                and (ended is null or ended >= {day} - {window})
        ),
        begun_now as (
            select *, row_number() over (partition by patient order by begun, id) as n
            from now where id not in (select standing_id from same)
                and begun between {day} - {window} and {day} + {window}
        )
        select id, standing_id, cast(null as date) as kept_start_date from same
        union all
        select open_was.id, begun_now.id, open_was.begun
        from open_was inner join begun_now using (patient, n)
        where open_was.begun < begun_now.begun"""
    )


def tables_compared() -> list[str]:
    """Return the tables with a key of their own, parents before children."""
    return [name for name in content_keys() if not parent_column(name)]
