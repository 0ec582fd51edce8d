"""TPP's Strategic Reporting Extract: which rows of the population go into which SR file.

One delivery of a configuration is a folder ``<configuration>/<yyyyMMdd_HHmm>`` of SR*.csv files
and their manifest: Windows-1252, CRLF, quotes only where needed. Columns and their order come
from the supplier's dictionary. The select of a file is ``tpp_sql/<file>.sql``; it yields
``row_id`` and ``is_removed`` beside the file's own columns.
"""

from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from string import Template

import duckdb

from lds_assets.schema.dictionary import source_tables
from lds_assets.synthetic.form import Delivery, PracticePlan, RunPlan
from lds_assets.synthetic.literal import literal
from lds_assets.synthetic.tpp_files import write_manifest, write_windows_1252
from lds_assets.synthetic.tpp_lists import render_terms
from lds_assets.synthetic.tpp_reference import COMMUNITY_UNIT, reference_rows

SQL = Path(__file__).parent / "tpp_sql"
DICTIONARY = Path(__file__).parents[1] / "suppliers" / "tpp" / "tables.csv"

#: in the order in which they are written; the manifest comes last and is no table
FILES = [
    "SRMapping",
    "SRMappingGroup",
    "SRConfiguredListOption",
    "SRCtv3",
    "SRCtv3Hierarchy",
    "SRCtv3ToSnomed",
    "SRMedicationReadCodeDetails",
    "SRImmunisationContent",
    "SRCcg",
    "SRTrust",
    "SROrganisation",
    "SROrganisationBranch",
    "SRStaffMemberProfileRole",
    "SRStaffMember",
    "SRStaffMemberProfile",
    "SRPatient",
    "SRPatientAddressHistory",
    "SRPatientContactDetails",
    "SRPatientRegistration",
    "SRRecordStatus",
    "SRGPPracticeHistory",
    "SRPatientRelationship",
    "SRSpecialNotes",
    "SRPersonAtRisk",
    "SRRota",
    "SRAppointment",
    "SRAppointmentFlags",
    "SRAttendee",
    "SRVisit",
    "SREvent",
    "SREventLink",
    "SRCode",
    "SRProblem",
    "SRImmunisation",
    "SRDrugSensitivity",
    "SRRepeatTemplate",
    "SRPrimaryCareMedication",
    "SRReferralOut",
    "SRRecall",
]

#: rows of a practice itself: they follow the practice's first chunk
_PRACTICE_FILES = ("SROrganisationBranch", "SRStaffMember", "SRStaffMemberProfile")

_ENTRY_COLUMNS = """sr_entered(staff_no, ek) as "IDProfileEnteredBy",
    sr_doer(staff_no, ek) as "IDDoneBy",
    sr_typed_doer(ek) as "TextualEventDoneBy",
    sr_author(ek, '$here') as "IDOrganisationDoneAt",
    sr_author(ek, '$here') as "IDOrganisation",
    sr_controller(ek, '$here', '$neighbour') as "IDOrganisationRegisteredAt","""


@cache
def _columns() -> dict[str, tuple[str, ...]]:
    tables = source_tables(DICTIONARY)
    return {name: tuple(column.name for column in tables[name].columns) for name in FILES}


class TppForm:
    """The TPP side of a run; a ``SupplierForm``."""

    supplier_code = "tpp"
    #: an empty cell stands without quotes only while no null is written as one
    copy_options = "format csv, new_line '\\r\\n', nullstr '\\N'"

    def __init__(self) -> None:
        self.columns = _columns()
        self._plan: RunPlan | None = None

    def prepare(self, connection: duckdb.DuckDBPyConnection, plan: RunPlan) -> None:
        """Create the SR macros on a connection."""
        self._plan = plan
        connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))

    def delivery(self, plan: RunPlan, group: str, day: int) -> Delivery:
        """Return the group's delivery of a day; its time of day differs from day to day."""
        place = _groups(plan).index(group)
        at = time(2 + (day + place) % 4, (7 + 13 * day + 5 * place) % 60)
        return Delivery(
            supplier_code=self.supplier_code,
            group=group,
            day=day,
            number=day + 1,
            extracted_at=datetime.combine(plan.end_date - timedelta(days=plan.days - day), at),
            practices=tuple(
                each
                for each in plan.practices
                if each.supplier_code == self.supplier_code and each.group == group
            ),
        )

    def folder(self, delivery: Delivery) -> Path:
        """Return ``tpp/<configuration>/<yyyyMMdd_HHmm>``."""
        return Path("tpp") / delivery.group / f"{delivery.extracted_at:%Y%m%d_%H%M}"

    def file_name(self, table: str, delivery: Delivery) -> str:  # noqa: ARG002
        """Return the name of a table's file; it does not depend on the delivery."""
        return f"{table}.csv"

    def shared_rows(self, table: str, delivery: Delivery) -> str | None:
        """Return the query of a reference file's rows that belong to no practice."""
        query = reference_rows(table, self._run(), delivery)
        if query is None:
            return None
        if "RemovedData" in self.columns[table]:
            query = f'select *, 0 as "RemovedData" from ({query})'
        return render_terms(query, configured_as_numbers=True)

    def practice_rows(
        self, table: str, delivery: Delivery, practice: PracticePlan, first_chunk: bool
    ) -> str | None:
        """Return the query of one practice chunk's rows of a file."""
        if table in _PRACTICE_FILES and not first_chunk:
            return None
        path = SQL / f"{table}.sql"
        if not path.exists():
            return None
        words = {
            "day": str(delivery.day),
            "here": practice.practice_code,
            "neighbour": self._neighbour(practice),
            "sub_icb": practice.sub_icb_code,
        }
        words["entry_columns"] = Template(_ENTRY_COLUMNS).substitute(words)
        query = Template(path.read_text(encoding="utf-8")).substitute(words)
        as_numbers = _groups(self._run()).index(delivery.group) % 2 == 0
        return self._framed(
            table, render_terms(query, configured_as_numbers=as_numbers), delivery.day, practice
        )

    def close(self, delivery: Delivery, folder: Path) -> None:
        """Bring the files to Windows-1252, then write the manifest, which completes them."""
        for table in self.columns:
            write_windows_1252(folder / self.file_name(table, delivery))
        before = self.delivery(self._run(), delivery.group, delivery.day - 1)
        window_from = before.extracted_at if delivery.day > 0 else None
        write_manifest(folder, tuple(self.columns), window_from, delivery.extracted_at)

    def _framed(self, table: str, query: str, day: int, practice: PracticePlan) -> str:
        """Add key, publisher and removal mark; a removed row carries nothing else."""
        key = 'row_id as "RowIdentifier"'
        if "IDOrganisationVisibleTo" in self.columns[table]:
            key += f', {literal(practice.practice_code)} as "IDOrganisationVisibleTo"'
        if "is_removed" not in query or day == 0:
            kept = (
                "* exclude (row_id, is_removed)" if "is_removed" in query else "* exclude (row_id)"
            )
            return f'select {key}, {kept}, 0 as "RemovedData" from ({query})'
        return f"""with sr_row as materialized ({query})
        select {key}, * exclude (row_id, is_removed), 0 as "RemovedData"
        from sr_row where not is_removed
        union all by name
        select {key}, 1 as "RemovedData" from sr_row where is_removed"""

    def _neighbour(self, practice: PracticePlan) -> str:
        """Return another practice of this supplier whose data may be loaded, or the unit."""
        others = [
            each.practice_code
            for each in self._run().practices
            if each.supplier_code == self.supplier_code
            and each.case == "consented"
            and each.index != practice.index
        ]
        return others[0] if others else COMMUNITY_UNIT

    def _run(self) -> RunPlan:
        if self._plan is None:
            raise RuntimeError("prepare comes first")
        return self._plan


def _groups(plan: RunPlan) -> list[str]:
    return sorted({p.group for p in plan.practices if p.supplier_code == TppForm.supplier_code})
