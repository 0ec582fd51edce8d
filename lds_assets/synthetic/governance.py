"""Writes the demo register: governance files that fit the practices of a run.

Formats: ``seeds/governance/README.md``. Every case other than ``consented`` must end in a denial.
"""

import csv
import hashlib
import shutil
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from lds_assets.resources import REPOSITORY
from lds_assets.synthetic.faults.registry import spoil_register
from lds_assets.synthetic.generate import DemoPractice, GenerationReport

FILES = REPOSITORY / "lds_assets" / "gate" / "governance_files.csv"
OFFICERS = REPOSITORY / "lds_assets" / "synthetic" / "officers.csv"
SUPPLIERS = REPOSITORY / "seeds" / "governance" / "supplier.csv"
_AGREEMENTS = ("LDS-DSA-01", "LDS-DPA-01")
_GRANTED_ON = date(2025, 1, 10)
LIST_SOURCE = "SYNTHETIC"
_IN_FORCE_FROM = date(2025, 2, 1)
_WITHDRAWN_FROM = date(2025, 9, 1)
_LIVE_FROM = date(2015, 1, 1)
_WITH_CONSENT = ("consented", "withdrawn", "starts_tomorrow", "moved_in")
#: the practice is there already; what the change brings is told by its own commands and rows
_ONCE_MORE = ("moved_in", "merged_in")

Row = Mapping[str, str]


def write_demo_register(report: GenerationReport, folder: Path) -> list[Path]:
    """Write officer, practice_system, agreement_party, practice_consent, list_size files for a run.

    Consents begin in February 2025, or a month before the bulk when that is earlier, so that every
    delivery of the run lies within them. ``starts_tomorrow`` begins two days after the newest
    delivery: the platform's today is the day after it.

    Returns:
        The files written; files of the same names in the folder are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    suppliers = _rows_of(SUPPLIERS, "supplier_code")
    sent = [one for one in report.practices if one.supplier_code in ("emis", "tpp")]
    joined = [one for one in sent if one.case not in _ONCE_MORE]
    systems = [one for one in report.practices if one.case not in _ONCE_MORE]
    consents = [
        _consent(practice, report, suppliers[practice.supplier_code.upper()])
        for practice in sent
        if practice.case in _WITH_CONSENT
    ]
    written = [
        write_demo_officers(folder),
        _write(folder, "practice_system.csv", [_system(one) for one in systems]),
        _write(folder, "agreement_party.csv", [row for one in joined for row in _parties(one)]),
        _write(folder, "practice_consent.csv", consents),
        _write(folder, "list_size.csv", [_list_size(one, report) for one in joined]),
    ]
    spoil_register(report.scenarios, folder, report)
    return written


def write_demo_officers(folder: Path) -> Path:
    """Write the invented officers who sign in demonstrations; a deployment names its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(OFFICERS, folder / "officer.csv"))


def _system(practice: DemoPractice) -> Row:
    return {
        "practice_code": practice.code,
        "supplier_code": practice.supplier_code.upper(),
        "supplier_org_id": practice.supplier_org_id,
        "agreement_id": practice.agreement_id,
        "go_live_on": _LIVE_FROM.isoformat(),
    }


def _list_size(practice: DemoPractice, report: GenerationReport) -> Row:
    """Return the list on the day of the bulk: what the generator registered."""
    return {
        "practice_code": practice.code,
        "as_at": (report.end_date - timedelta(days=report.days)).isoformat(),
        "registered_count": str(practice.registered),
        "source": LIST_SOURCE,
    }


def _parties(practice: DemoPractice) -> list[Row]:
    return [
        {
            "agreement_id": agreement,
            "version": "1",
            "org_code": practice.code,
            "role": "CONTROLLER",
            "signed_by": "Demonstration partner",
            "signed_on": _GRANTED_ON.isoformat(),
            "accession_ref": f"DEMO:ACC-{practice.code}",
        }
        for agreement in _AGREEMENTS
    ]


def _consent(practice: DemoPractice, report: GenerationReport, supplier: Row) -> Row:
    bulk = report.end_date - timedelta(days=report.days)
    starts = min(_IN_FORCE_FROM, bulk - timedelta(days=30))
    if practice.case == "starts_tomorrow":
        starts = report.end_date + timedelta(days=2)
    starts = practice.joined_on or starts
    granted = min(_GRANTED_ON, starts)
    row = {
        "consent_id": f"DEMO-{practice.supplier_code.upper()}-{practice.code}",
        "practice_code": practice.code,
        "extract_id": supplier["extract_id"],
        "supplier_code": practice.supplier_code.upper(),
        "mechanism_id": supplier["mechanism_id"],
        "purposes": "DIRECT_CARE|SECONDARY_USE",
        "scope_tables": "*",
        "state": "GRANTED",
        "requested_on": (granted - timedelta(days=20)).isoformat(),
        "requested_by": "Demonstration onboarding",
        "granted_on": granted.isoformat(),
        "effective_from": starts.isoformat(),
        "granted_by_name": "Demonstration partner",
        "granted_by_role": "PARTNER",
        "recorded_by": "Demonstration governance officer",
        "evidence_ref": f"DEMO:{practice.code}",
        "evidence_sha256": hashlib.sha256(practice.code.encode()).hexdigest(),
        "dsa_id": _AGREEMENTS[0],
        "dsa_version": "1",
        "dpa_id": _AGREEMENTS[1],
        "supplier_side_state": "ACTIVE",
        "supplier_side_seen_on": granted.isoformat(),
        "notes": "Synthetic demonstration",
    }
    if practice.case == "withdrawn":
        row |= {
            "state": "WITHDRAWN",
            "effective_to": max(starts, min(_WITHDRAWN_FROM, bulk)).isoformat(),
            "notice_ref": f"DEMO:NOTICE-{practice.code}",
            "retention_instruction": "STOP_ONLY",
        }
    return row


def _rows_of(path: Path, key: str) -> dict[str, Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def _write(folder: Path, name: str, rows: Iterable[Row]) -> Path:
    """Write one governance file with every column its form has, in the form's order."""
    with FILES.open(encoding="utf-8", newline="") as file:
        columns = [form["column"] for form in csv.DictReader(file) if form["file"] == name]
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: list(row.values())))
    return path
