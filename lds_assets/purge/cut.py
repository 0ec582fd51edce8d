"""From which day on a purge erases, when the notice keeps what was sent before (S17).

Every row came in one delivery, and a delivery has one extract instant: that is the date all tables
have. A delivery extracted on the day or later goes whole. Of one extracted before, a row goes that
itself says it happened or was entered on the day or later, such as a booked appointment; so does a
row whose day cannot be read. A row without a day was there before: its delivery proves it.
Rule source: ADR 21.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lds_assets.gate.events import day_start
from lds_assets.lake.sql import identifier
from lds_assets.raw.values import value_type
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import SupplierDefinition
from lds_assets.suppliers.registry import Supplier


@dataclass(frozen=True)
class Cut:
    """The first London day of what is erased."""

    day: date

    @property
    def instant(self) -> datetime:
        """Its first instant, UTC without a zone, as deliveries tell theirs."""
        return day_start(self.day).astimezone(UTC).replace(tzinfo=None)

    def takes(self, extracted_at: datetime) -> bool:
        """Say whether a delivery goes whole."""
        return extracted_at >= self.instant

    def takes_text(self, definition: SupplierDefinition, text: str) -> bool:
        """Say whether a row goes for the day that one of its cells tells."""
        plain = text.strip()
        if not plain:
            return False
        read = (_read(plain, form) for form in _forms(definition))
        told = next((each for each in read if each is not None), None)
        return told is None or told.date() >= self.day

    def condition(self, columns: Mapping[str, str], dated: Collection[str]) -> str:
        """Return the SQL condition that a stored raw row goes, never null.

        Args:
            columns: name -> type (DuckDB) of those the files have.
            dated: lake names of the columns that tell a row's days.
        """
        at = f"timestamptz '{self.instant:%Y-%m-%d %H:%M:%S}+00'"
        late = [f"lds_extracted_at is null or lds_extracted_at >= {at}"]
        for name in sorted(dated):
            if not columns.get(name, "").startswith(("DATE", "TIMESTAMP")):
                continue
            late.append(f"coalesce(cast({identifier(name)} as date) >= date '{self.day}', false)")
        return f"({' or '.join(late)})"


def dated_columns(supplier: Supplier, table: str) -> tuple[str, ...]:
    """Return the columns of a table that tell when a row happened or was entered."""
    declared = {each.lower() for each in supplier.definition.dated_by}
    source = supplier.dictionary.get(table)
    if source is None:
        return ()
    return tuple(
        each.name
        for each in source.columns
        if each.name.lower() in declared
        and value_type(supplier.definition, table, each) in ("date", "timestamp")
    )


def dated_in_lake(supplier: Supplier) -> frozenset[str]:
    """Return how the lake spells the columns that tell a row's days."""
    return frozenset(snake_case(each) for each in supplier.definition.dated_by)


def _forms(definition: SupplierDefinition) -> tuple[str, ...]:
    return (*definition.format.timestamps, *definition.format.dates)


def _read(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
