"""The whole road on synthetic London, size tiny: what is on disk, what is accounted, what stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from lds_assets.ingest import IngestReport
from lds_assets.landing.ledger import Ledger
from lds_assets.platform import Platform
from lds_assets.release.publish import ReleaseReport
from lds_assets.synthetic.generate import GenerationReport
from tests.road import released_rows, settings_of, walk
from tests.stages import Stages


@dataclass(frozen=True)
class Walked:
    """A home after one walk of bulk and two days of deltas."""

    home: Path
    made: GenerationReport
    reports: dict[str, IngestReport]
    release: ReleaseReport

    @property
    def denied(self) -> list[str]:
        return [p.code for p in self.made.practices if p.case != "consented"]

    @property
    def admitted(self) -> list[str]:
        return sorted(p.code for p in self.made.practices if p.case == "consented")


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Iterator[Walked]:
    home = tmp_path_factory.mktemp("home")
    made = stages.arrive(home)
    reports, release = walk(home)
    yield Walked(home, made, reports, release)


def _files_outside_landing(home: Path) -> Iterator[Path]:
    landing = home / "landing"
    for path in home.rglob("*"):
        if path.is_file() and landing not in path.parents:
            yield path


def test_every_consenting_practice_is_in_the_release(walked: Walked) -> None:
    assert sorted(walked.release.publishers) == walked.admitted
    rows = released_rows(walked.home)
    for table in ("patient", "observation", "encounter", "medication_statement", "appointment"):
        assert rows[table], f"{table} is empty"


def test_no_byte_of_a_refused_practice_is_outside_landing(walked: Walked) -> None:
    canaries = [f"CANARY{code}".encode() for code in walked.denied]
    in_landing = b"".join(
        path.read_bytes() for path in (walked.home / "landing").rglob("*.csv") if path.is_file()
    )
    assert any(canary in in_landing for canary in canaries), "the canaries are not even in landing"
    for path in _files_outside_landing(walked.home):
        content = path.read_bytes()
        assert b"CANARY" not in content, path.name
        if path.suffix == ".parquet":
            query = (
                f"select count(*) from '{path}' as row where cast(row as varchar) like '%CANARY%'"
            )
            found = duckdb.execute(query).fetchone()
            assert found == (0,), path.name


def test_refused_practices_are_counted_by_their_reason(walked: Walked) -> None:
    expected = {"no_consent": "C_NONE", "withdrawn": "C_WITHDRAWN", "starts_tomorrow": "C_NOT_YET"}
    platform = Platform.open(settings_of(walked.home))
    for practice in walked.made.practices:
        if practice.case not in expected:
            continue
        chain = platform.ledger.chain(practice.code)
        assert chain, practice.code
        assert {link.record.primary_reason for link in chain} == {expected[practice.case]}
        assert sum(link.rows["raw"].get(expected[practice.case], 0) for link in chain) > 0


def test_suppliers_that_are_not_live_are_refused_unopened(walked: Walked) -> None:
    ledger = Ledger(Platform.open(settings_of(walked.home)).engine)
    reasons = {d.supplier: d.reason for d in ledger.deliveries(states=["REFUSED"])}
    assert reasons == {"medicus": "V_NOT_LIVE", "vision": "V_EXCLUDED"}


def test_every_row_of_every_file_is_accounted_for(walked: Walked) -> None:
    ledger = Platform.open(settings_of(walked.home)).ledger
    assert ledger.balance("raw") == []
    assert ledger.balance("canonical") == []
    assert ledger.account("raw") and ledger.account("canonical")


def test_walking_again_changes_nothing(walked: Walked) -> None:
    before = {
        path: path.stat().st_mtime_ns
        for path in (walked.home / "lake").rglob("*")
        if path.is_file()
    }
    reports, release = walk(walked.home)
    assert not release.is_new
    assert release.release_id == walked.release.release_id
    assert all(report.loaded == [] for report in reports.values())
    after = {
        path: path.stat().st_mtime_ns
        for path in (walked.home / "lake").rglob("*")
        if path.is_file()
    }
    assert after == before


def test_day_by_day_ends_as_all_at_once(walked: Walked, stages: Stages) -> None:
    assert stages.at().held == ""
    assert released_rows(stages.at().home) == released_rows(walked.home)
