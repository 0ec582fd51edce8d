"""Whose row is it: the publisher of every record of a file.

A record is owned by the practice its publisher column names, by the practices that own the rows
it is linked to, or by nobody (shared reference rows).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from lds_assets.gate.codes import BRANCH, BRANCH_LIKE, PRACTICE, elsewhere_expression
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.scan import SourceFile, drop_rejects, owner_expression
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.resources import Settings

#: Owner of a row whose publisher cell is blank, and of one the feed's directory does not know.
NO_OWNER = ""
UNKNOWN_OWNER = "?"
NOT_REFERENCED = "-"
#: Stands for every publisher cell that is no organisation code: its text may be anything.
MALFORMED = "MALFORMED"

#: A letter and digits: told as they came, whatever practice they were meant to be.
_CODE_LIKE = "[A-Z][0-9]{3,8}"


@dataclass(frozen=True)
class Branches:
    """Which codes are branches: those of the register, and where asked for what looks like one.

    Attributes:
        parents: branch code -> practice code, as the register states them.
        practices: practices of which a code with further digits counts as a branch though none is
            listed. None on the road in, where nothing is guessed; a purge names them, for it must
            miss nothing.
    """

    parents: Mapping[str, str] = field(default_factory=dict)
    practices: frozenset[str] = frozenset()

    def owner(self, code: str) -> str:
        """Return the practice behind a code: itself, a branch's parent, or ``UNKNOWN_OWNER``."""
        if re.fullmatch(PRACTICE, code):
            return self.parents.get(code, code)
        if code in self.parents:
            return self.parents[code]
        if code[:6] in self.practices and re.fullmatch(BRANCH_LIKE, code):
            return code[:6]
        return UNKNOWN_OWNER if re.fullmatch(BRANCH, code) else code

    def expression(self, code: str) -> str:
        """Return the SQL form of ``owner`` over an expression that yields a code."""
        known = ", ".join(f"{literal(b)}: {literal(p)}" for b, p in sorted(self.parents.items()))
        listed = ", ".join(literal(each) for each in sorted(self.practices))
        named = f"map {{{known}}}[{code}]" if known else "null"
        parent = f"list_contains([{listed}], left({code}, 6))" if listed else "false"
        own = f"coalesce({named}, {code})" if known else code
        return (
            f"case when {code} is null then {literal(NO_OWNER)} "
            f"when regexp_full_match({code}, '{PRACTICE}') then {own} "
            f"when {named} is not null then {named} "
            f"when {parent} and regexp_full_match({code}, '{BRANCH_LIKE}') then left({code}, 6) "
            f"when regexp_full_match({code}, '{BRANCH}') then {literal(UNKNOWN_OWNER)} "
            f"when regexp_full_match({code}, '{_CODE_LIKE}') or {elsewhere_expression(code)} "
            f"then {code} "
            f"else {literal(MALFORMED)} end"
        )


#: Texts of a publisher column whose owners are kept; a file with more is malformed.
_LEARNT_AT_MOST = 10_000


class Ownership:
    """Finds owners within one delivery: its files, its publisher directory, stored links."""

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        files: Mapping[str, SourceFile],
        directory: Mapping[str, str],
        unfinished: frozenset[int] = frozenset(),
        branches: Branches | None = None,
    ) -> None:
        """Prepare look-ups.

        Args:
            files: the delivery's files by table.
            directory: supplier's id of an organisation -> ODS code; empty when the feed names
                publishers by ODS code.
            unfinished: load sequences of other deliveries whose rows do not count.
            branches: which codes stand for a branch of a practice.
        """
        self._branches = branches or Branches()
        self._settings = settings
        self._connection = connection
        self._files = files
        self._links: set[str] = set()
        self._learnt: set[str] = set()
        self._unfinished = unfinished
        fill(connection, "publisher_directory", "id varchar, code varchar", directory)

    def learn(self, file: SourceFile, owners: Mapping[str, str]) -> None:
        """Keep the owner of each text of a file's publisher column, so that rows need no parsing.

        Args:
            owners: every text met in the file, blank for a missing one -> owner.
        """
        if len(owners) <= _LEARNT_AT_MOST:
            fill(self._connection, _learnt(file), "text varchar, owner varchar", owners)
            self._learnt.add(_learnt(file))

    def owned(self, file: SourceFile, columns: Mapping[str, str], records: str) -> str:
        """Return a select of a file's records with their ``owner``, one row per owner.

        Args:
            columns: name -> expression over the record's text columns, carried along.
            records: select of the records, from ``SourceFile.records``.
        """
        definition = file.supplier.definition
        publisher = definition.table(file.table).publisher
        carried = ", ".join(f"{value} as {identifier(name)}" for name, value in columns.items())
        if publisher.shared:
            return f"select {carried}, {literal(SHARED)} as owner from ({records})"
        if _learnt(file) in self._learnt:
            given = f"coalesce({file.text(str(publisher.column))}, '')"
            return (
                f"select {carried}, known.owner from ({records}) inner join {_learnt(file)} "
                f"as known on known.text = {given}"
            )
        if publisher.column is not None:
            owner = owner_expression(file, definition.publisher_identity)
            if definition.publisher_identity == "ods_code":
                named = f"select *, {owner} as lds_given_owner from ({records})"
                practice = self._branches.expression("lds_given_owner")
                return f"select {carried}, {practice} as owner from ({named})"
            return (
                f"select {carried}, case when {owner} is null then {literal(NO_OWNER)} "
                f"else coalesce(publisher_directory.code, {literal(UNKNOWN_OWNER)}) end as owner "
                f"from ({records}) left join publisher_directory "
                f"on publisher_directory.id = {owner}"
            )
        return self._owned_through(file, carried, records)

    def _owned_through(self, file: SourceFile, carried: str, records: str) -> str:
        through = file.supplier.definition.table(file.table).publisher.through
        if through is None:
            raise ValueError(f"{file.table} declares no owner")
        links = f"link_{through.table.lower()}_{through.foreign.lower()}"
        if links not in self._links:
            self._link(file, links, through.table, through.foreign)
            self._links.add(links)
        local = f"cast({file.value_of(through.local)} as varchar)"
        return (
            f"select {carried}, coalesce({links}.owner, {literal(NOT_REFERENCED)}) as owner "
            f"from ({records}) left join {links} on {links}.key = {local}"
        )

    def _link(self, file: SourceFile, name: str, table: str, foreign: str) -> None:
        """Gather who owns each key of a linked table, delivered now or stored before."""
        stored = raw_table(self._settings, file.supplier, table)
        column = file.supplier.dictionary[table].column(foreign).lake_name
        selects = [
            f"select cast({identifier(column)} as varchar) as key, publisher_organisation_code "
            f"as owner from ({stored.select(stored.files(without=self._unfinished))})"
        ]
        linked = self._files.get(table)
        if linked is not None:
            columns = {"key": f"cast({linked.value_of(foreign)} as varchar)"}
            owned = self.owned(linked, columns, linked.records(f"{name}_reject"))
            selects.append(f"select key, owner from ({owned})")
        self._connection.execute(
            f"create or replace table {name} as select distinct key, owner from "
            f"({' union all '.join(selects)}) where key is not null and owner not in "
            f"({literal(NO_OWNER)}, {literal(UNKNOWN_OWNER)}, {literal(NOT_REFERENCED)})"
        )
        drop_rejects(self._connection, f"{name}_reject")


def _learnt(file: SourceFile) -> str:
    return identifier(f"owners_of_{file.table.lower()}")


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, values: Mapping[str, str]
) -> None:
    """Make a small table of pairs that every cursor of the session can read."""
    connection.execute(f"create or replace table {table} ({columns})")
    if values:
        listed = ", ".join(f"({literal(k)}, {literal(v)})" for k, v in sorted(values.items()))
        connection.execute(f"insert into {table} values {listed}")
