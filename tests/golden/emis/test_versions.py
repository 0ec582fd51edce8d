"""Headers of the feed from 5.0 to 8.2, and one to come, told apart and read.

The sample is written as each version had it: columns that came later are left out, columns that
were there then are put in, old spellings and old words of flags are used, and until 7 the names
have no word for the kind: a bulk is told by processing id 1.
"""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.notice import notice
from lds_assets.resources import Settings
from tests.golden.harness import supplier
from tests.suppliers.sample import place_sample, released, walk_sample

#: Spellings until 5.3.
MISSPELT = {
    ("Prescribing_DrugRecord", "ClinicianUserInRoleGuid"): "ClinicanUserInRoleGuid",
    ("Prescribing_IssueRecord", "ClinicianUserInRoleGuid"): "ClinicanUserInRoleGuid",
    ("CareRecord_Diary", "ClinicianUserInRoleGuid"): "ClinicanUserInRoleGuid",
    ("Admin_Patient", "ExternalUsualGPGuid"): "ExternalUsusalGPGuid",
    ("Admin_Patient", "ExternalUsualGP"): "ExternalUsusalGP",
    ("Admin_Patient", "ExternalUsualGPOrganisation"): "ExternalUsusalGPOrganisation",
    ("Admin_Patient", "PersonGuid"): "PersonGUID",
}
#: Texts that were there until 7.1 and again in 8.0; the document of 8.2 lacks them.
TEXTS = {
    "CareRecord_Observation": ["AssociatedText"],
    "CareRecord_Diary": ["AssociatedText"],
    "CareRecord_Problem": ["Comment"],
}
TEXTS_OF_8_0 = {**TEXTS, "CareRecord_Observation": ["AssociatedText", "NumericOperator"]}
#: Columns nobody has announced.
TO_COME = {
    "Admin_Patient": ["Preferred Name"],
    "CareRecord_Observation": ["AssociatedText", "Laterality"],
}


def extra_columns(version: float, table: str) -> list[str]:
    """Return the columns a file of a version has that the dictionary of 8.2 lacks."""
    named = [] if version >= 5.3 else ["AgreementGuid"]
    if version < 7.1:
        named = named + TEXTS.get(table, [])
    if version == 8.0:
        named = named + TEXTS_OF_8_0.get(table, [])
    return named + (TO_COME.get(table, []) if version > 8.2 else [])


def write_as(version: float, path: Path) -> None:
    """Write a file of the sample anew as a version had it, or remove it."""
    table = "_".join(path.name.split("_")[2:4])
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    described = supplier("emis").dictionary[table]
    brought = [float(described.column(name).added_in_version) for name in header]
    kept = [at for at, since in enumerate(brought) if since <= version]
    if not kept:
        path.unlink()
        return
    extra = extra_columns(version, table)
    names = [header[at] for at in kept]
    if version < 5.3:
        names = [MISSPELT.get((table, name), name) for name in names]
        flag = header.index("IsMainLocation") if "IsMainLocation" in header else None
        for row in rows if flag is not None else []:
            row[flag or 0] = {"true": "1", "false": "0"}.get(row[flag or 0], "")
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow([*names, *extra])
        writer.writerows([[*(row[at] for at in kept), *("x" for _ in extra)] for row in rows])


def place(home: Path, version: float) -> None:
    """Put the sample of a version where deliveries arrive."""
    place_sample("emis", home)
    for path in sorted((home / "landing/emis").rglob("*.csv")):
        write_as(version, path)
    for path in sorted((home / "landing/emis").rglob("*.csv")) if version < 8 else []:
        kind, _, rest = path.name.split("_", 2)
        path.rename(path.with_name(f"{NUMBERS[kind]}_{rest}"))


#: Processing ids of the older names: a delivery may span several.
NUMBERS = {"bulk": "1", "delta": "2-3"}
INFERRED = "by its number, for its name has no word for it"

#: What each version is told as: 5.5, 6 and 7 only edited the document of 5.4.
TOLD = [
    (5.0, "5.0"),
    (5.1, "5.1"),
    (5.2, "5.2"),
    (5.3, "5.3"),
    (5.4, "5.4"),
    (7.0, "5.4"),
    (7.1, "7.1"),
    (8.0, "8.0"),
    (8.1, "8.1"),
    (8.2, "8.2"),
    (8.3, "8.2"),
]


@pytest.mark.parametrize(("version", "told"), TOLD)
def test_a_version_is_told_by_its_headers_and_proven(
    tmp_path: Path, version: float, told: str
) -> None:
    place(tmp_path, version)
    settings = Settings(home=tmp_path)
    ledger = Ledger(connect(settings.database_url))
    notice(supplier("emis"), settings, ledger)
    known = ledger.deliveries("emis")
    assert [(each.state, each.version, each.kind) for each in known] == [
        ("VALIDATED", told, "full"),
        ("VALIDATED", told, "delta"),
    ]
    notes = [(each.reason, each.detail) for each in known]
    if version < 8:
        inferred = [(f"{each.kind} {INFERRED}") for each in known]
        assert notes == [("KIND_INFERRED", each) for each in inferred]
        assert [each.delivery_id.rpartition("/")[2] for each in known] == ["1", "2-3"]
    else:
        assert notes == [("", "")] * 2
    for delivery in known:
        files = ledger.files(delivery.delivery_id)
        assert len(files) == (21 if version >= 8 else 20)
        found = {file.table_name: file.extra_columns for file in files}
        assert found == {table: len(extra_columns(version, table)) for table in found}


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float], Path]:
    """Return a home whose release was made of the sample as a version had it."""
    homes: dict[float, Path] = {}

    def at(version: float) -> Path:
        if version not in homes:
            homes[version] = tmp_path_factory.mktemp("version")
            place(homes[version], version)
            report, release = walk_sample("emis", homes[version])
            assert len(report.loaded) == 2
            assert report.held == {}
            assert release.is_new
        return homes[version]

    return at


def test_the_oldest_header_is_read_whole(walked: Callable[[float], Path]) -> None:
    home = walked(5.0)
    # 1 and 0 were the words of this flag
    assert set(released(home, "select is_primary_location from release.location")) == {(True,)}
    # the misspelt clinician
    drugs = "select count(*) from release.medication_statement where practitioner_id is not null"
    assert released(home, drugs) == [(1,)]
    # no time of entry: midnight in London, and no history: the latest registration alone
    times = "select distinct cast(date_recorded as time)::varchar from release.medication_statement"
    assert released(home, times) == [("00:00:00",)]
    histories = "select count(*), count(*) filter (where status is not null) from release.{0}"
    assert released(home, histories.format("episode_of_care")) == [(3, 0)]
    # a problem cannot be taken back: the row of the delta marks it again
    problems = "select count(*) from release.observation where is_problem"
    assert released(home, problems) == [(1,)]


def test_columns_to_come_lose_nothing(walked: Callable[[float], Path]) -> None:
    tables = ("patient", "observation", "allergy_intolerance", "appointment", "encounter")
    for table in tables:
        query = f"select columns(c -> c <> 'lds_transform_datetime') from release.{table}"
        assert sorted(map(str, released(walked(8.3), query))) == sorted(
            map(str, released(walked(8.2), query))
        )


def test_a_full_told_by_its_number_that_deletes_waits_for_two_persons(tmp_path: Path) -> None:
    place(tmp_path, 7.0)
    (path,) = (tmp_path / "landing/emis").glob("*/20260110/1_CareRecord_Observation_*.csv")
    with path.open(encoding="utf-8", newline="") as handle:
        header, *rows = csv.reader(handle)
    owner = rows[0][header.index("OrganisationGuid")]
    gone = dict.fromkeys(header, "") | {
        "ObservationGuid": "{000000C2-0000-4000-8000-0000000000FF}",
        "PatientGuid": rows[0][header.index("PatientGuid")],
        "OrganisationGuid": owner,
        "Deleted": "true",
        "ProcessingId": "1",
    }
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerows([header, *rows, list(gone.values())])
    report, _ = walk_sample("emis", tmp_path)
    found = {code: (each.outcome, each.primary_reason) for code, each in report.practices.items()}
    assert found == {"X99901": ("held", "BULK_DOUBTED"), "X99902": ("loaded", "")}
