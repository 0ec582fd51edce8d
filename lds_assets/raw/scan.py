"""Reading one supplier file: its records as text, numbered, and as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.json_lines import NUMBERED, ill_formed_lines, objects
from lds_assets.raw.values import expression, fault, marks_deletion, value_type
from lds_assets.schema.dictionary import SourceColumn
from lds_assets.suppliers.contract import FormatRules
from lds_assets.suppliers.registry import Supplier


@dataclass(frozen=True)
class BadRecord:
    """A record that is not of the file's form.

    Attributes:
        row_number: 1 is the first record after the header.
        reason: what is wrong, e.g. ``MISSING_COLUMNS``.
        lines: lines of the file it takes up.
    """

    row_number: int
    reason: str
    lines: int = 1


@dataclass(frozen=True)
class SourceFile:
    """One plain UTF-8 file of a supplier table.

    Attributes:
        header: column names as the file has them.
        is_full: the file holds everything, not only changes.
    """

    path: Path
    table: str
    header: tuple[str, ...]
    is_full: bool
    supplier: Supplier

    @cached_property
    def _format(self) -> FormatRules:
        return self.supplier.definition.format

    @cached_property
    def columns_by_name(self) -> dict[str, str]:
        """Dictionary column name -> name under which the file's column is read."""
        aliases = {old.lower(): new for old, new in self.supplier.definition.aliases.items()}
        known = {
            column.name.lower(): column.name
            for column in self.supplier.dictionary[self.table].columns
        }
        found: dict[str, str] = {}
        for name, read_as in zip(self.header, self.read_names, strict=True):
            plain = name.strip().strip("\ufeff").strip('"').lower()
            plain = aliases.get(plain, plain).lower()
            if plain in known:
                found.setdefault(known[plain], read_as)
        return found

    @cached_property
    def read_names(self) -> tuple[str, ...]:
        """Unique names for the file's columns, in file order."""
        return tuple(f"c{place}" for place in range(len(self.header)))

    def records(
        self, rejects: str, rejected: tuple[BadRecord, ...] | None = None, *, numbered: bool = True
    ) -> str:
        """Return a select of the file's well-formed records as text, with ``lds_row_number``.

        Args:
            rejects: prefix of the session tables that receive ill-formed records.
            rejected: the ill-formed records, so that numbers count them too; None: not known yet.
            numbered: False leaves the number of a CSV record out: numbering takes one thread.
        """
        if self._format.form == "json_lines":
            read = {name: self.header[int(name[1:])] for name in self.columns_by_name.values()}
            unread = tuple(bad for bad in rejected or () if bad.reason not in NUMBERED)
            is_proven = rejected is not None and unread == rejected
            number = _numbered(unread)
            return objects(self.path, read, rejects, number, is_proven=is_proven)
        names = ", ".join(f"{literal(name)}: 'varchar'" for name in self.read_names)
        rules = self._format
        number = f"{_numbered(rejected or ())} as lds_row_number, " if numbered else ""
        return (
            f"select {number}* from read_csv({literal(str(self.path))}, "
            f"auto_detect = false, header = true, all_varchar = true, "
            f"delim = {literal(rules.delimiter)}, quote = {literal(rules.quote)}, "
            f"escape = {literal(rules.escape)}, columns = {{{names}}}, store_rejects = true, "
            f"rejects_table = '{rejects}_error', rejects_scan = '{rejects}_scan', "
            "rejects_limit = 0, max_line_size = 16777216)"
        )

    def ill_formed(
        self, connection: duckdb.DuckDBPyConnection, rejects: str
    ) -> tuple[BadRecord, ...]:
        """Return the ill-formed records that the last full read of the file met, in file order."""
        # the engine counts records from 1; of a CSV file the header is the first
        first = 1 if self._format.form == "csv" else 0
        unread = _unread(connection, rejects, first)
        if self._format.form == "csv":
            return unread
        drop_rejects(connection, rejects)
        lines = ill_formed_lines(connection, self.path, rejects, _numbered(unread))
        found = [*unread, *(BadRecord(number, reason) for number, reason in lines)]
        return tuple(sorted(found, key=lambda bad: bad.row_number))

    def value(self, column: SourceColumn) -> str:
        """Return the expression of a dictionary column, NULL when the file lacks it."""
        read_as = self.columns_by_name.get(column.name)
        if read_as is None:
            return "null"
        kind = value_type(self.supplier.definition, self.table, column)
        return expression(kind, read_as, self._format)

    def text(self, name: str) -> str:
        """Return the expression of a column's text by the dictionary's spelling."""
        read_as = self.columns_by_name.get(self.supplier.dictionary[self.table].column(name).name)
        return "null" if read_as is None else identifier(read_as)

    def value_of(self, name: str) -> str:
        """Return the typed expression of a column by the dictionary's spelling."""
        return self.value(self.supplier.dictionary[self.table].column(name))

    def first_fault(self) -> str:
        """Return an expression: name of the first column whose text is not of its type."""
        named: list[str] = []
        for column in self.supplier.dictionary[self.table].columns:
            read_as = self.columns_by_name.get(column.name)
            if read_as is None:
                continue
            kind = value_type(self.supplier.definition, self.table, column)
            check = fault(kind, read_as, column.name, self._format)
            if check is not None:
                named.append(check)
        return f"coalesce({', '.join(named)}, null)" if named else "null"

    def deletion(self) -> str:
        """Return the expression that says whether a record marks a deletion."""
        rules = self.supplier.definition.table(self.table)
        if rules.deleted is None:
            return "false"
        is_word = bool(rules.deleted_words)
        mark = self.text(rules.deleted) if is_word else self.value_of(rules.deleted)
        return marks_deletion(rules, mark)

    def source_key(self) -> str:
        """Return the expression of the record's key as text, NULL when all of it is missing."""
        key = self.supplier.definition.table(self.table).key
        parts = [f"cast({self.value_of(name)} as varchar)" for name in key]
        if len(parts) == 1:
            return parts[0]
        present = " or ".join(f"{part} is not null" for part in parts)
        joined = " || '|' || ".join(f"coalesce({part}, '')" for part in parts)
        return f"case when {present} then {joined} end"

    def lacks_key(self) -> str:
        """Return the condition that all of a record's key is missing, without making the key."""
        missing = []
        for name in self.supplier.definition.table(self.table).key:
            column = self.supplier.dictionary[self.table].column(name)
            read_as = self.columns_by_name.get(column.name)
            is_guid = value_type(self.supplier.definition, self.table, column) == "guid"
            value = f"try_cast({read_as} as uuid)" if is_guid and read_as else self.value(column)
            missing.append(f"{value} is null")
        return " and ".join(missing)


def _numbered(unread: tuple[BadRecord, ...]) -> str:
    """Return the expression of a record's number, the records not read counted too."""
    rank = "row_number() over ()"
    if not unread:
        return rank
    before = [bad.row_number - place for place, bad in enumerate(unread)]
    listed = ", ".join(str(number) for number in before)
    return f"{rank} + len(list_filter([{listed}], lambda n: n <= row_number() over ()))"


def _unread(
    connection: duckdb.DuckDBPyConnection, rejects: str, first: int
) -> tuple[BadRecord, ...]:
    rows = connection.execute(
        f"select line - {first}, min(error_type), "
        "max(length(csv_line) - length(replace(csv_line, chr(10), ''))) "
        f"from {rejects}_error group by line order by line"
    ).fetchall()
    return tuple(
        BadRecord(int(line), str(kind).replace(" ", "_"), max(int(ends or 1), 1))
        for line, kind, ends in rows
    )


def drop_rejects(connection: duckdb.DuckDBPyConnection, rejects: str) -> None:
    """Forget the ill-formed records of a read."""
    connection.execute(f"drop table if exists {rejects}_error")
    connection.execute(f"drop table if exists {rejects}_scan")


def owner_expression(file: SourceFile, identity: str) -> str:
    """Return the expression of the publisher as the file gives it, for look-up.

    An ODS code is trimmed and upper-cased when it is ASCII; other letters are never made to fit.
    """
    column = file.supplier.definition.table(file.table).publisher.column
    if column is None:
        raise ValueError(f"{file.table} has no publisher column")
    if identity == "ods_code":
        given = f"nullif(trim({file.text(column)}), '')"
        return (
            f"case when regexp_full_match({given}, '[ -~]+') then upper({given}) else {given} end"
        )
    return file.value_of(column)


#: Texts that may be told to people: what looks like a practice's code, in any case, padded or not.
_TELLABLE = " *[A-Za-z][0-9]{3,8} *"


def given_owner(file: SourceFile) -> str:
    """Return the expression of the publisher's code as it stands in the file, NULL when untold."""
    definition = file.supplier.definition
    column = definition.table(file.table).publisher.column
    if column is None or definition.publisher_identity != "ods_code":
        return "cast(null as varchar)"
    given = file.text(column)
    return f"case when regexp_full_match({given}, '{_TELLABLE}') then {given} end"


def renamed_values(file: SourceFile) -> Mapping[str, str]:
    """Return lake column -> expression for every column of the table's dictionary."""
    return {
        column.lake_name: file.value(column)
        for column in file.supplier.dictionary[file.table].columns
    }
