"""Every command of the operating pages is run as it is written."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from lds_assets.gate.formats import file_forms
from lds_assets.gate.onboarding import Step
from lds_assets.gate.relationships import ties
from lds_assets.guards.onboarding import Onboardings
from lds_assets.landing.states import Delivery, State
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from lds_assets.synthetic.governance import write_demo_officers
from lds_assets.synthetic.practices import SIZES
from tests.docs.page import follow, steps
from tests.road import synthesise
from tests.unit.gate.world import CONSENT, DAY
from tests.unit.replay.world import loaded


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment of its own, on a day the pages speak of."""
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LDS_TODAY", "2026-11-21")
    monkeypatch.setenv("COLUMNS", "200")
    write_demo_officers(tmp_path / "home" / "governance")
    return tmp_path


def test_running_a_variation(home: Path) -> None:
    done = follow("operate/variation.md", home)
    assert len(done) == 29
    assert "security test repeated" in (home / "pack.html").read_text(encoding="utf-8")


def _consented(home: Path, practice: str, supplier: str, **files: str) -> None:
    """Write a consent of a practice to a supplier, and further files, into the deployment."""
    consent = {
        **CONSENT,
        "consent_id": f"C-{practice}-{supplier}",
        "practice_code": practice,
        "supplier_code": supplier,
        "mechanism_id": f"IM1-BULK-{supplier}",
        "requested_on": "2026-10-01",
        "granted_on": "2026-10-10",
        "effective_from": "2026-10-20",
        "effective_to": "",
        "dsa_id": "LDS-DSA-01",
        "dpa_id": "LDS-DPA-01",
    }
    names = file_forms()["practice_consent.csv"].names
    folder = home / "home" / "governance"
    lines = [",".join(names), ",".join(consent.get(name, "") for name in names)]
    files["practice_consent"] = "\n".join(lines) + "\n"
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def test_a_practice_that_changes_its_system(home: Path) -> None:
    _consented(home, "E83003", "TPP")
    assert len(follow("operate/migrate-a-practice.md", home)) == 11
    assert "Outside tolerance" in (home / "report.html").read_text(encoding="utf-8")


def test_a_practice_that_merges(home: Path) -> None:
    page = steps("operate/merge-or-close.md")
    succession, tie = (each.text for each in page if each.kind == "text")
    _consented(home, "E83003", "EMIS", practice_succession=succession, practice_relationship=tie)
    assert len(follow("operate/merge-or-close.md", home)) == 3
    state = Platform.open(Settings()).register.state()
    days = [(each.target_code, str(each.valid_from)) for each in ties(state, "E83003")]
    # the list's network of 2024 until the page's row takes over
    assert {("U33392", "2024-03-31"), ("U58538", "2026-10-01")} <= set(days)


def test_asking_why_a_practice_is_not_here(home: Path) -> None:
    Platform.open(Settings()).prepare()
    assert len(follow("operate/why.md", home)) == 6


def test_asking_whose_data_is_fresh(home: Path) -> None:
    Platform.open(Settings()).prepare()
    assert len(follow("operate/freshness.md", home)) == 7


def test_loading_a_practice_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    road = loaded(home / "home")
    road.mend("observation.sql", "    value as result_value", "    value * 2 as result_value")
    monkeypatch.setenv("LDS_SUPPLIERS", str(road.home / "code"))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    assert len(follow("operate/replay.md", home)) == 5
    assert road.values() == [6, 8, 20, 40]


def test_deciding_about_a_delivery_that_waits(home: Path) -> None:
    platform = Platform.open(Settings())
    platform.prepare()
    waits = {
        "18T000512/delta": (State.INCOMPLETE, "FILES_MISSING"),
        "19T000512/delta": (State.HELD, "TRUNCATED"),
        "20T000512/delta": (State.VALIDATED, ""),
        "20T000512/delta#4f1c22aa": (State.QUARANTINED, "HASH_CHANGED"),
        "21T000512/delta": (State.VALIDATED, ""),
        "21T000512/delta#90ab12cd": (State.QUARANTINED, "HASH_CHANGED"),
    }
    for mark, (state, reason) in waits.items():
        at = datetime(2026, 11, int(mark[:2]), 0, 5, 12)
        named = f"emis/group-1/202611{mark}"
        platform.ledger.record(
            Delivery(named, "emis", "group-1", "f", "delta", at, state, reason=reason)
        )
    assert len(follow("operate/delivery-waits.md", home)) == 7
    told = [f"{each.state} {each.reason}" for each in platform.ledger.deliveries("emis")]
    assert told == [
        "INCOMPLETE FILES_MISSING",
        "ABANDONED TRUNCATED",
        "SUPERSEDED REPLACED",
        "SEEN ",
        "VALIDATED ",
        "SUPERSEDED FIRST_KEPT",
    ]


def test_erasing_a_practice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it was loaded: the layers of the lake are proven elsewhere."""
    monkeypatch.setenv("LDS_CERTIFICATE_KEY", str(home / "certificates.key"))
    synthesise(home / "home", 1)
    assert len(follow("operate/withdraw.md", home)) == 14
    assert not [
        path
        for path in (home / "home/landing").rglob("*Observation_*.csv")
        if b"C60D3016-EE0C-4ADF-BF6A-AC504463256E" in path.read_bytes()
    ]


def test_onboarding_a_practice_end_to_end(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # one supplier is enough to follow the page by
    monkeypatch.setitem(SIZES, "tiny", replace(SIZES["tiny"], tpp=0, patients=120))
    assert len(follow("operate/onboard-a-practice.md", home)) == 15
    found = Onboardings(Platform.open(Settings())).course("F83678")
    assert (found.standing.state, found.standing.is_released) == (Step.LIVE, True)
    assert [each.step for each in found.standing.reached] == [
        Step.PROSPECT,
        Step.INVITED,
        Step.CONSENT_GRANTED,
        Step.FEED_REQUESTED,
        Step.FEED_ACTIVATED,
        Step.BULK_RECEIVED,
        Step.RECONCILED,
        Step.LIVE,
    ]
