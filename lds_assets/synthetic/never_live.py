"""Deliveries of suppliers that may not be loaded: something must lie there to be refused.

Their insides are invented bytes with the practice's canary; no reader of them exists or may exist.
"""

import hashlib
import io
import zipfile
from datetime import date
from pathlib import Path

from lds_assets.synthetic.form import PracticePlan, RunPlan


def write_never_live(plan: RunPlan, out: Path) -> list[Path]:
    """Write one delivery of each practice on a supplier that is not live; returns its files."""
    files = []
    for practice in plan.practices:
        name = _FILE_NAMES.get(practice.supplier_code)
        if name is None:
            continue
        path = out / practice.supplier_code / name(practice, plan.end_date)
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = hashlib.sha256(f"{plan.seed}{practice.practice_code}".encode()).digest()
        path.write_bytes(_packed(noise + practice.canary.encode()))
        files.append(path)
    return files


def _packed(data: bytes) -> bytes:
    """Return a ZIP file of one member, the same for the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("coded_entry.csv"), data)
    return made.getvalue()


def _vision(practice: PracticePlan, day: date) -> str:
    return (
        f"{practice.practice_code}/"
        f"INCREMENTAL_1_{practice.practice_code}-(DEMO)-CSV_{day:%Y-%m-%d}-001500.zip"
    )


def _medicus(practice: PracticePlan, day: date) -> str:
    return f"{practice.practice_code}/{day:%Y%m%d}/coded_entry.zip"


_FILE_NAMES = {"vision": _vision, "medicus": _medicus}
