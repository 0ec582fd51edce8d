"""EMIS files: the 21 files of the IM1 bulk extract, version 8.2, from the neutral population.

One query a file in ``emis_sql/``; columns and their order come from the supplier's dictionary.
"""

from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

import duckdb

from lds_assets.synthetic.emis_dictionary import read_columns
from lds_assets.synthetic.form import Delivery, PracticePlan, RunPlan
from lds_assets.synthetic.literal import literal, rows_of
from lds_assets.synthetic.population import PROVIDERS
from lds_assets.synthetic.practices import guid

SQL = Path(__file__).parent / "emis_sql"
_FIRST_NUMBER = 95047
#: rows of the practice itself; they do not change, so no delta holds them
_PRACTICE_TABLES = (
    "Admin_Location",
    "Admin_Organisation",
    "Admin_OrganisationLocation",
    "Admin_UserInRole",
)
_EXTRACT_TIME = time(0, 5, 12)


class EmisForm:
    """The EMIS extract as a ``SupplierForm``: bulk and daily deltas of sharing groups."""

    supplier_code = "emis"
    copy_options = "format csv, force_quote *, new_line '\\r\\n'"

    def __init__(self) -> None:
        self.columns = read_columns()

    def prepare(self, connection: duckdb.DuckDBPyConnection, plan: RunPlan) -> None:
        """Create the GUID macros, the organisations referred to and the code lookup."""
        connection.execute("create schema emis")
        connection.execute(_statement("macros"))
        commissioners = sorted({practice.sub_icb_code for practice in plan.practices} - {""})
        organisations = [(code, name, "NHS Trust") for code, name in PROVIDERS]
        organisations += [(code, f"Sub ICB location {code}", "CCG") for code in commissioners]
        rows = [
            (code, name, kind, "{" + guid(plan.seed, "emis organisation", code) + "}")
            for code, name, kind in organisations
        ]
        connection.execute(
            f"""create table emis.organisation as select * from (values {rows_of(rows)})
            as organisation(ods_code, name, organisation_type, organisation_guid)"""
        )
        connection.execute(
            """create table emis.code as select code_key, emis_code_id, term,
            case kind when 'allergy' then 'Allergy' when 'immunisation' then 'Immunisation'
                when 'referral' then 'Referral' when 'request' then 'Test Request'
                else 'Observation' end as observation_type
            from syn.code"""
        )
        own = [
            practice.supplier_org_id
            for practice in plan.practices
            if practice.supplier_code == self.supplier_code and practice.case == "consented"
        ]
        connection.execute(f"set variable emis_practices = {literal(own)}")

    def delivery(self, plan: RunPlan, group: str, day: int) -> Delivery:
        """Return the group's delivery of a day, cut off at midnight and extracted just after."""
        practices = tuple(practice for practice in plan.practices if practice.group == group)
        on_date = plan.end_date - timedelta(days=plan.days - day)
        return Delivery(
            supplier_code=self.supplier_code,
            group=group,
            day=day,
            number=_FIRST_NUMBER + practices[0].index * 1000 + day,
            extracted_at=datetime.combine(on_date, _EXTRACT_TIME),
            practices=practices,
        )

    def folder(self, delivery: Delivery) -> Path:
        """Return ``emis/<group GUID>/<yyyyMMdd>``."""
        return Path("emis") / delivery.group / f"{delivery.extracted_at:%Y%m%d}"

    def file_name(self, table: str, delivery: Delivery) -> str:
        """Return e.g. ``bulk_95047_Admin_Patient_20261120000512_<GUID>.csv``."""
        first = min(practice.first_day for practice in delivery.practices)
        kind = "delta" if delivery.day > first else "bulk"
        stamp = f"{delivery.extracted_at:%Y%m%d%H%M%S}"
        return f"{kind}_{delivery.number}_{table}_{stamp}_{delivery.group}.csv"

    def shared_rows(self, table: str, delivery: Delivery) -> str | None:  # noqa: ARG002
        """Return the query of code lists and outside organisations."""
        return _statement(f"shared/{table}") if (SQL / f"shared/{table}.sql").exists() else None

    def practice_rows(
        self,
        table: str,
        delivery: Delivery,
        practice: PracticePlan,
        first_chunk: bool,
    ) -> str | None:
        """Return the query of one practice chunk's rows of a file."""
        is_list = table == "Agreements_SharingOrganisation"
        if table.startswith("Coding_") or (
            (is_list or table in _PRACTICE_TABLES) and not first_chunk
        ):
            return None
        if delivery.day > practice.first_day and table in _PRACTICE_TABLES:
            return None
        # who joins another practice finds its sites there, and brings its staff
        is_place = is_list or table in _PRACTICE_TABLES[:-1]
        if practice.case == "merged_in" and is_place:
            return None
        return _statement(table)

    def close(self, delivery: Delivery, folder: Path) -> None:
        """Do nothing: an EMIS delivery has no manifest."""


@cache
def _statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")
