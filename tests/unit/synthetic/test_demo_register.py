"""Each governance case of a run ends in the answer it stands for."""

from datetime import date
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.synthetic.governance import write_demo_register
from tests.unit.synthetic.deliveries import END_DATE, Landing

SEEDS = Path(__file__).parents[3] / "seeds"
#: the day after the newest delivery
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def register(tiny: Landing, tmp_path_factory: pytest.TempPathFactory) -> Register:
    home = tmp_path_factory.mktemp("home")
    filled = Register(connect(f"sqlite:///{home / 'platform.db'}"))
    filled.bootstrap(SEEDS)
    write_demo_register(tiny.report, home / "governance")
    filled.import_folder(home / "governance")
    return filled


@pytest.mark.parametrize(
    ("case", "on", "reason"),
    [
        ("consented", END_DATE, ""),
        ("consented", date(2026, 11, 18), ""),
        ("no_consent", TODAY, "C_NONE"),
        ("withdrawn", TODAY, "C_WITHDRAWN"),
        ("starts_tomorrow", TODAY, "C_NOT_YET"),
        ("starts_tomorrow", date(2026, 11, 22), ""),
        ("medicus", TODAY, "V_NOT_LIVE"),
        ("vision", TODAY, "V_EXCLUDED"),
    ],
)
def test_a_case_is_answered_by_its_reason(
    tiny: Landing, register: Register, case: str, on: date, reason: str
) -> None:
    practices = [practice for practice in tiny.report.practices if practice.case == case]
    assert practices
    for practice in practices:
        answer = register.land(practice.code, practice.supplier_code, on)
        assert answer.is_allowed == (reason == "")
        assert answer.primary_reason == reason


def test_only_consented_practices_are_admitted_today(tiny: Landing, register: Register) -> None:
    consented = {one.code for one in tiny.report.practices if one.case == "consented"}
    admitted = {*register.admitted("emis", TODAY), *register.admitted("tpp", TODAY)}
    assert admitted == consented


def test_feeds_that_are_not_live_lie_in_the_landing_to_be_refused(tiny: Landing) -> None:
    for supplier in ("vision", "medicus"):
        files = [path for path in (tiny.folder / supplier).rglob("*") if path.is_file()]
        assert [path.suffix for path in files] == [".zip"]
        assert b"CANARY" in files[0].read_bytes()
