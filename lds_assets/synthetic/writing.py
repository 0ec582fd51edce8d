"""Writes deliveries: practice chunks side by side into parts, parts into files of a group."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import local

import duckdb

from lds_assets.synthetic.form import Delivery, PracticePlan, RunPlan, SupplierForm
from lds_assets.synthetic.literal import literal
from lds_assets.synthetic.population import (
    chunks,
    count_registered,
    make_chunk,
    open_population,
)

#: told after each piece of a practice: pieces done, pieces in all, code of the practice
Progress = Callable[[int, int, str], None]
_WORKERS = 2


@dataclass(frozen=True)
class _Part:
    """A written piece of one file of one delivery."""

    day: int
    table: str
    path: Path


@dataclass(frozen=True)
class _Piece:
    """Patients ``[low, high)`` of a practice, made at one time."""

    practice: PracticePlan
    low: int
    high: int


class Writer:
    """Writes the deliveries of a plan below a landing folder.

    A file of a group holds many practices. Each piece of a practice is made and written to parts
    by a worker with its own DuckDB connection; the parts are appended in the order of the plan, so
    the bytes do not depend on which worker was faster.
    """

    def __init__(self, plan: RunPlan, forms: dict[str, SupplierForm], out: Path) -> None:
        self.plan = plan
        self.forms = forms
        self.out = out
        self.scratch = out.parent / f".{out.name}-parts"
        self._local = local()
        self._registered: dict[tuple[PracticePlan, int], int] = {}
        self._selected: dict[tuple[str, str, bool], str] = {}

    def write(self, progress: Progress) -> list[tuple[Delivery, Path]]:
        """Write every delivery of every group; returns them with their folders."""
        practices = [plan for plan in self.plan.practices if plan.supplier_code in self.forms]
        pieces = [
            _Piece(practice, low, high)
            for practice in practices
            for low, high in chunks(practice, self.plan.consultations)
        ]
        deliveries = self._deliveries()
        try:
            for delivery in deliveries:
                self._begin(delivery)
            for done, (piece, parts) in enumerate(self._parts(pieces), 1):
                for part in parts:
                    self._append(piece.practice, part)
                progress(done, len(pieces), piece.practice.practice_code)
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)
        folders = [(delivery, self._folder(delivery)) for delivery in deliveries]
        for delivery, folder in folders:
            self.forms[delivery.supplier_code].close(delivery, folder)
        return folders

    @property
    def registered(self) -> dict[PracticePlan, int]:
        """Return practice -> patients registered there after the newest delivery."""
        counted: dict[PracticePlan, int] = {}
        for (practice, _), patients in self._registered.items():
            counted[practice] = counted.get(practice, 0) + patients
        return counted

    def _deliveries(self) -> list[Delivery]:
        groups = dict.fromkeys(
            (practice.supplier_code, practice.group)
            for practice in self.plan.practices
            if practice.supplier_code in self.forms
        )
        return [
            self.forms[supplier].delivery(self.plan, group, day)
            for supplier, group in groups
            for day in range(self.plan.days + 1)
            if self._is_sent(supplier, group, day)
        ]

    def _is_sent(self, supplier: str, group: str, day: int) -> bool:
        """Say whether a group sends on a day: whether any of its practices does."""
        return any(
            practice.is_sent_on(day)
            for practice in self.plan.practices
            if (practice.supplier_code, practice.group) == (supplier, group)
        )

    def _folder(self, delivery: Delivery) -> Path:
        return self.out / self.forms[delivery.supplier_code].folder(delivery)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        """Return this worker's connection, opened when first asked for."""
        if not hasattr(self._local, "connection"):
            connection = open_population(self.plan)
            for form in self.forms.values():
                form.prepare(connection, self.plan)
            self._local.connection = connection
        opened: duckdb.DuckDBPyConnection = self._local.connection
        return opened

    def _begin(self, delivery: Delivery) -> None:
        """Write each file with its header and the rows a delivery holds once."""
        form = self.forms[delivery.supplier_code]
        folder = self._folder(delivery)
        folder.mkdir(parents=True, exist_ok=True)
        connection = self._connection()
        _tell(connection, delivery, None)
        for table, columns in form.columns.items():
            query = form.shared_rows(table, delivery)
            if query is None:
                blanks = ", ".join(f"'' as {_named(column)}" for column in columns)
                query = f"select {blanks} limit 0"
            path = folder / form.file_name(table, delivery)
            self._copy(connection, form, table, query, path, header=True)

    def _parts(self, pieces: list[_Piece]) -> Iterator[tuple[_Piece, list[_Part]]]:
        with ThreadPoolExecutor(_WORKERS) as pool:
            yield from zip(pieces, pool.map(self._make, pieces), strict=True)

    def _make(self, piece: _Piece) -> list[_Part]:
        """Make one piece of a practice and write its rows of every file and day to parts."""
        connection = self._connection()
        practice = piece.practice
        form = self.forms[practice.supplier_code]
        folder = self.scratch / f"{practice.practice_code}-{practice.index}-{form.supplier_code}"
        folder.mkdir(parents=True, exist_ok=True)
        parts: list[_Part] = []
        make_chunk(connection, practice, piece.low, piece.high)
        self._registered[practice, piece.low] = count_registered(connection)
        for day in filter(practice.is_sent_on, range(self.plan.days + 1)):
            delivery = form.delivery(self.plan, practice.group, day)
            _tell(connection, delivery, practice)
            for table in form.columns:
                query = form.practice_rows(table, delivery, practice, piece.low == 1)
                if query is None:
                    continue
                part = _Part(day, table, folder / f"{piece.low}-{day}-{table}")
                self._copy(connection, form, table, query, part.path, header=False)
                parts.append(part)
        return parts

    def _copy(
        self,
        connection: duckdb.DuckDBPyConnection,
        form: SupplierForm,
        table: str,
        query: str,
        path: Path,
        *,
        header: bool,
    ) -> None:
        key = (form.supplier_code, table, header)
        if key not in self._selected:
            described = connection.execute(f"describe {query}").fetchall()
            self._selected[key] = _selection(
                table, form.columns[table], [row[0] for row in described]
            )
        connection.execute(
            f"copy (select {self._selected[key]} from ({query})) to {literal(path.as_posix())} "
            f"({form.copy_options}, header {literal(header)})"
        )

    def _append(self, practice: PracticePlan, part: _Part) -> None:
        form = self.forms[practice.supplier_code]
        delivery = form.delivery(self.plan, practice.group, part.day)
        target = self._folder(delivery) / form.file_name(part.table, delivery)
        if part.path.stat().st_size:
            with part.path.open("rb") as source, target.open("ab") as file:
                shutil.copyfileobj(source, file, 1 << 20)
        part.path.unlink()


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _selection(table: str, columns: tuple[str, ...], offered: list[str]) -> str:
    """Return the select list of a file: its columns in order, blank where none is offered."""
    strange = set(offered) - set(columns)
    if strange:
        raise ValueError(f"query of {table} offers columns the file lacks: {sorted(strange)}")
    return ", ".join(
        f"coalesce({_named(column)}::varchar, '') as {_named(column)}"
        if column in offered
        else f"{_default(column)} as {_named(column)}"
        for column in columns
    )


def _default(column: str) -> str:
    return "getvariable('out_number')::varchar" if column == "ProcessingId" else "''"


def _tell(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, practice: PracticePlan | None
) -> None:
    """Set the variables that queries read."""
    values: dict[str, object] = {
        "out_day": delivery.day,
        "out_number": delivery.number,
        "out_organisation": practice.supplier_org_id if practice else "",
        "out_practice_code": practice.practice_code if practice else "",
        "out_practice_name": practice.name if practice else "",
        "out_postcode": practice.postcode if practice else "",
        "out_commissioner": practice.sub_icb_code if practice else "",
    }
    for name, value in values.items():
        connection.execute(f"set variable {name} = {literal(value)}")
