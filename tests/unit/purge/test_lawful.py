"""What may stay for a reason: of what could not be looked into, only forms and the key ring."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lds_assets.gate.purge import Mode, Purge
from lds_assets.purge.inventory import LAWFUL, UNOPENED
from lds_assets.purge.layers import Work
from lds_assets.purge.proof import lawful
from lds_assets.purge.scan_file import Finding
from lds_assets.resources import Settings


def _work(tmp_path: Path, mode: Mode = Mode.ERASE) -> Work:
    settings = Settings(home=tmp_path, gnupg_home=tmp_path / "ring")
    platform = SimpleNamespace(settings=settings)
    cut_off = "2026-11-01" if mode is Mode.ERASE_FROM_DATE else ""
    purge = Purge("P-1", "F86045", mode=mode, cut_off=cut_off)
    return cast(Work, SimpleNamespace(platform=platform, purge=purge, cut=bool(cut_off)))


@pytest.mark.parametrize(
    ("path", "what", "reason"),
    [
        ("evidence/form.pdf", "unopened", "unopened_forms"),
        ("governance/signed.png", "unopened", "unopened_forms"),
        ("evidence/locked.zip!form.csv", "unreadable", ""),
        ("evidence/form.pdf", "canary", ""),
        ("ring/trustdb.gpg", "unreadable", "keys"),
        ("ring/pubring.kbx", "unopened", "keys"),
        ("landing/emis/x.bin", "unopened", ""),
        ("lake/raw_emis/x.parquet", "unreadable", ""),
        ("landing/emis/x_Appointment_SessionUser_1.csv", "linked", ""),
        ("lake/raw_emis/admin_location/x.parquet", "linked", ""),
        ("landing/emis/x_Admin_Organisation_1.csv", "organisation", "reference"),
        ("landing/emis/x_Admin_Patient_1.csv", "publisher", ""),
        ("marts/mart_patient.parquet", "organisation", ""),
    ],
)
def test_after_an_erasing(tmp_path: Path, path: str, what: str, reason: str) -> None:
    assert lawful(Finding(path, what, "", 1), _work(tmp_path)) == reason


@pytest.mark.parametrize(
    ("mode", "path", "what", "reason"),
    [
        (Mode.STOP_ONLY, "landing/emis/x.csv", "linked", "instruction"),
        (Mode.STOP_ONLY, "lake/release/x.parquet", "publisher", ""),
        (Mode.STOP_ONLY, "lake/release/x.parquet", "organisation", "purges"),
        (Mode.STOP_ONLY, "landing/emis/x.bin", "unopened", ""),
        (Mode.ERASE_FROM_DATE, "landing/emis/x.csv", "linked", "instruction"),
        (Mode.ERASE_FROM_DATE, "landing/emis/x.csv", "after_cut", ""),
        (Mode.ERASE_FROM_DATE, "lake/canonical/x.parquet", "publisher", ""),
    ],
)
def test_after_an_instruction_that_keeps(
    tmp_path: Path, mode: Mode, path: str, what: str, reason: str
) -> None:
    assert lawful(Finding(path, what, "", 1), _work(tmp_path, mode)) == reason


def test_each_exception_has_its_words() -> None:
    assert LAWFUL.keys() > UNOPENED and all(LAWFUL.values())
