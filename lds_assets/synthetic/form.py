"""What a run is made of, and what a supplier's writer must offer.

The population is neutral (schema ``syn`` of a DuckDB connection, one practice chunk at a time, see
``population.py``). A ``SupplierForm`` says which rows of it go into which file of which delivery.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import duckdb


@dataclass(frozen=True)
class PracticePlan:
    """One practice of a run.

    Attributes:
        index: 1-based, unique in the run; leads every number of the practice's rows.
        practice_code: ODS code, real; the data is invented.
        postcode: of the practice, with a blank.
        sub_icb_code: commissioner code of the practice.
        supplier_code: ``emis``, ``tpp``, ``medicus`` or ``vision``.
        group: delivery unit that carries the practice (EMIS sharing group, TPP configuration).
        supplier_org_id: how the supplier names the practice (EMIS organisation GUID, TPP ODS code).
        case: governance case of the demo register, ``consented`` for a practice to be loaded.
        patients: rows of the practice's patient table in the bulk, leavers and deaths included.
        first_person: number of the practice's first person; persons are numbered over the run.
        staff: number of its staff.
        canary: marks every free text of a practice that must never be loaded; empty otherwise.
        origin: system in which its population began, where it is not ``supplier_code``: two plans
            of one index tell of the same people and events.
        first_day: first delivery that carries it, whole; ``last_day`` the last one, None: all.
        restart_share: share of open registrations that begin anew with ``first_day``.
    """

    index: int
    practice_code: str
    name: str
    postcode: str
    icb_code: str
    sub_icb_code: str
    list_size: int
    supplier_code: str
    group: str
    supplier_org_id: str
    case: str
    patients: int
    first_person: int
    staff: int
    canary: str
    origin: str = ""
    first_day: int = 0
    last_day: int | None = None
    restart_share: float = 0.0

    def is_sent_on(self, day: int) -> bool:
        """Say whether the delivery of a day carries the practice."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True)
class Delivery:
    """One delivery of one group.

    Attributes:
        day: 0 for the bulk, then one delta a day.
        number: order number of the delivery in its group.
        extracted_at: time of the extract, London wall clock; data runs to the midnight before.
    """

    supplier_code: str
    group: str
    day: int
    number: int
    extracted_at: datetime
    practices: tuple[PracticePlan, ...]


@dataclass(frozen=True)
class RunPlan:
    """Everything a run is made from; equal plans give equal bytes.

    Attributes:
        end_date: date of the newest delivery; the bulk is ``days`` earlier.
        persons: size of the person numbering; shared persons are drawn from it.
        rates: defect name to rate, see ``scenarios.py``.
        scenarios: file-level faults to apply after writing.
        consultations: mean consultations of a patient.
        tail_codes: number of further codes beside the named catalogue.
        edited: share of the entries of a record that change on a day.
    """

    size: str
    seed: int
    days: int
    end_date: date
    practices: tuple[PracticePlan, ...]
    persons: int
    rates: dict[str, float]
    scenarios: tuple[str, ...]
    consultations: float
    tail_codes: int
    edited: float = 0.0005


class SupplierForm(Protocol):
    """Turns the neutral population into one supplier's files.

    Every query selects text or plain columns named as in the file; the runner casts them to text,
    orders them as in the dictionary, fills missing ones with blanks and writes the file. Before a
    query the runner sets the DuckDB variables ``out_day``, ``out_number``, ``out_organisation``
    (``supplier_org_id``), ``out_practice_code``, ``out_practice_name``, ``out_postcode`` and
    ``out_commissioner``; without a practice the texts are empty.
    """

    supplier_code: str
    #: table name -> its columns in file order, one file each, written in this order
    columns: dict[str, tuple[str, ...]]
    #: DuckDB COPY options of the files, header excluded; files are UTF-8 until ``close``
    copy_options: str

    def prepare(self, connection: duckdb.DuckDBPyConnection, plan: RunPlan) -> None:
        """Create what the queries need, once a connection (macros, lookups)."""
        ...

    def delivery(self, plan: RunPlan, group: str, day: int) -> Delivery:
        """Return the group's delivery of a day."""
        ...

    def folder(self, delivery: Delivery) -> Path:
        """Return the delivery's folder relative to the landing folder."""
        ...

    def file_name(self, table: str, delivery: Delivery) -> str:
        """Return the name of a table's file in a delivery."""
        ...

    def shared_rows(self, table: str, delivery: Delivery) -> str | None:
        """Return the query of rows a delivery holds once (code files), or None."""
        ...

    def practice_rows(
        self, table: str, delivery: Delivery, practice: PracticePlan, first_chunk: bool
    ) -> str | None:
        """Return the query of one practice chunk's rows, or None when there are none.

        ``first_chunk`` is true for the first chunk of a practice: rows of the practice itself
        (organisation, staff, sites) are written with it.
        """
        ...

    def close(self, delivery: Delivery, folder: Path) -> None:
        """Complete a delivery once all its files are there: another code page, a manifest."""
        ...
