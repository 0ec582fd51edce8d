"""Each rule of the conformance suite finds what it is for: a good folder, spoiled in one place."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.plugin.rule import Bench, bench
from lds_assets.plugin.suite import RULES, check_folder, verdict
from lds_assets.suppliers.registry import load_supplier

ROWAN = Path(__file__).parents[1] / "third_supplier/rowan"
BY_NAME = {rule.name: rule for rule in RULES}

Spoil = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROWAN, tmp_path / "rowan"))


def declare(**attributes: object) -> Spoil:
    """Return what changes top attributes of defs.yaml; a dict is merged into the one there."""

    def spoil(folder: Path) -> None:
        path = folder / "defs.yaml"
        document = yaml.safe_load(path.read_text())
        own = document["attributes"]
        for name, value in attributes.items():
            own[name] = {**own[name], **value} if isinstance(value, dict) else value
        path.write_text(yaml.safe_dump(document))

    return spoil


def table(place: int, **rules: object) -> Spoil:
    """Return what changes the rules of one table."""

    def spoil(folder: Path) -> None:
        own = yaml.safe_load((folder / "defs.yaml").read_text())["attributes"]["tables"]
        own[place] |= rules
        declare(tables=own)(folder)

    return spoil


def edit(name: str, old: str, new: str) -> Spoil:
    """Return what replaces a text of a file, everywhere in it."""

    def spoil(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return spoil


def write(name: str, text: str) -> Spoil:
    return lambda folder: (folder / name).write_text(text)


def found(folder: Path, rule: str) -> str:
    """Return what a rule finds in a folder, one line a finding."""
    with bench(load_supplier(folder)) as opened:
        return "\n".join(each.what for each in verdict(BY_NAME[rule], opened).findings)


OBSERVATION, PATIENT = "canonical/observation.sql", "canonical/patient.sql"
SPOILED: list[tuple[str, Spoil, str]] = [
    ("folder_whole", lambda f: (f / "README.md").unlink(), "README.md is missing"),
    ("folder_whole", write("README.md", "Rowan."), "the README explains nothing"),
    ("folder_whole", lambda f: shutil.rmtree(f / "samples"), "there is no sample"),
    ("folder_whole", lambda f: (f / "more.csv").symlink_to("/etc/hostname"), "a link, not a file"),
    ("register_code", declare(supplier_code="MEDICUS"), "supplier_code is MEDICUS, not ROWAN"),
    ("columns_known", table(0, key=["nobody"]), "clinician has no column nobody"),
    ("columns_known", table(0, publisher={"column": "owner"}), "clinician has no column owner"),
    ("columns_known", table(0, name="ghost"), "ghost is not in tables.csv"),
    (
        "columns_known",
        table(0, publisher={"through": {"table": "away", "local": "uid", "foreign": "uid"}}),
        "away has no column uid",
    ),
    ("dictionary_complete", declare(types={"string": "varchar"}), "has no value type"),
    (
        "dictionary_complete",
        edit("tables.csv", "clinician,5,given_name", "clinician,5,FamilyName"),
        "clinician has family_name twice in the lake",
    ),
    ("grammar", declare(delivery={"file": "(unclosed"}), "delivery.file is no regular expression"),
    ("grammar", declare(delivery={"folder": "^(?P<group>.+)$"}), "has a group extracted_at"),
    ("grammar", declare(delivery={"time_zone": "Europe/Londinium"}), "the time zone is not known"),
    ("grammar", declare(delivery={"full_numbers": "1("}), "full_numbers is no regular expression"),
    ("grammar", declare(delivery={"full_numbers": "1"}), "full_numbers without a group number"),
    (
        "columns_known",
        table(0, look_back={"ended": ["left"], "years": 5, "takes_along": "person"}),
        "clinician has no column left",
    ),
    (
        "columns_known",
        table(0, look_back={"ended": ["uid"], "years": 5, "takes_along": "person"}),
        "no other table has a column person",
    ),
    ("fates", table(0, lands="lookup"), "clinician does not say why"),
    ("fates", declare(canonical=[]), "no counted feed takes the rows of clinician"),
    ("files_declared", write("canonical/more.sql", "select 1"), "a file that no feed names"),
    ("files_declared", lambda f: (f / PATIENT).unlink(), "a feed without its select"),
    ("yields_contract", edit(PATIENT, "as birth_date", "as born"), "lacks birth_date"),
    ("yields_contract", edit(PATIENT, "as birth_date", "as born"), "yields born besides"),
    (
        "yields_contract",
        edit(OBSERVATION, "value as result_value", "cast(value as varchar) as result_value"),
        "result_value is VARCHAR, not DOUBLE",
    ),
    ("yields_contract", edit(PATIENT, "trim(title)", "trim(nothing)"), "does not run: Binder"),
    ("yields_contract", edit(PATIENT, "trim(title)", "unheard_of(title)"), "does not run: Catalog"),
    ("yields_contract", write(PATIENT, "select 1; drop table raw.clinician"), "not exactly one"),
    ("yields_contract", write(PATIENT, "copy (select 1) to '/tmp/x'"), "not exactly one select"),
    ("grain_and_size", edit(PATIENT, "-- Grain: one row per", "-- One row per"), "its grain"),
    ("grain_and_size", edit(PATIENT, "with renamed", "\n" * 120 + "with renamed"), "lines"),
    ("own_tables", edit(PATIENT, "raw.patient_detail", "raw.admin_patient"), "raw.admin_patient"),
    ("own_tables", edit(PATIENT, "raw.patient_detail", "emis.patient"), "reads emis.patient"),
    ("own_tables", edit(PATIENT, "raw.patient_detail", "'other.csv'"), "reads other.csv"),
    (
        "own_tables",
        edit(PATIENT, "raw.patient_detail", "read_csv('/etc/passwd')"),
        "calls read_csv",
    ),
    ("own_tables", edit(PATIENT, "trim(title)", "getenv('HOME')"), "calls getenv"),
    ("own_tables", edit(PATIENT, "born_on as birth_date", "today() as birth_date"), "calls "),
    ("own_tables", edit(PATIENT, "trim(title)", "cast(random() as varchar)"), "calls rand"),
    (
        "own_tables",
        edit(PATIENT, "trim(title)", "(select max(a) from delivered.patient_detail as d (a))"),
        "reads delivered.patient_detail",
    ),
    ("macros", write("macros.sql", "create macro lds_id(a) as a"), "is not the supplier's own"),
    (
        "macros",
        write("macros.sql", "create macro rowan_a() as (select max(uid) from raw.clinician)"),
        "macro rowan_a reaches clinician",
    ),
    ("macros", write("macros.sql", "copy (select 1) to '/tmp/x'"), "a statement makes no macro"),
    (
        "ids_of_keys",
        edit(OBSERVATION, "code, uid) as id", "code, uid, code) as id"),
        "id does not follow from the key of its source",
    ),
    (
        "ids_of_keys",
        edit(OBSERVATION, "code, uid) as id", "code, (select max(uid) from raw.clinician)) as id"),
        "id does not follow from the key of its source",
    ),
    (
        "ids_of_keys",
        edit(OBSERVATION, "lds_source_key,", "patient_uid as lds_source_key,"),
        "lds_source_key is not that of its source",
    ),
    ("reasons", edit("README.md", "`NO_CODE`", "no code"), "reason NO_CODE is not explained"),
    ("reasons", lambda f: (f / "canonical/not_landed.sql").unlink(), "not_landed.sql is missing"),
    (
        "mapping_complete",
        edit("mapping.csv", "registration,kind,direct,episode_of_care,type,,invented\n", ""),
        "registration.kind is silent",
    ),
    (
        "mapping_complete",
        edit("mapping.csv", '"between patient and vendor, no matter of care"', ""),
        "unmapped without a reason",
    ),
    ("mapping_complete", edit("mapping.csv", "registration,kind,", "registration,sort,"), "no col"),
    ("mapping_complete", edit("mapping.csv", "kind,direct,", "kind,,"), "a row without its rule"),
    (
        "mapping_complete",
        edit(
            "mapping.csv",
            "registration,kind,direct,episode_of_care,type,,invented\n",
            "registration,kind,direct,episode_of_care,type,,invented\n" * 2,
        ),
        "stands 2 times",
    ),
    ("mapping_true", edit("mapping.csv", "care,type,", "care,sort,"), "OLIDS has no"),
    (
        "mapping_true",
        edit("mapping.csv", "kind,direct,episode_of_care,type", "kind,direct,flag,id"),
        "no select feeds flag",
    ),
    (
        "mapping_true",
        edit("mapping.csv", "term,direct,concept,display", "term,direct,observation,result_text"),
        "observation.result_text is null in every select",
    ),
    (
        "mapping_true",
        edit("mapping.csv", "title,direct,patient,title", "marketing_consent,direct,patient,title"),
        "patient_detail.marketing_consent is read by no select of patient",
    ),
    (
        "mapping_true",
        edit("mapping.csv", "kind,direct,episode_of_care,type,,", "kind,unmapped,,,why,"),
        "registration.kind is unmapped, yet episode_of_care.sql reads it",
    ),
    (
        "empty_true",
        edit("empty.csv", "practitioner,is_obsolete,Rowan does not say who has left\n", ""),
        "practitioner.is_obsolete is always null, which is not declared",
    ),
    ("empty_true", edit("empty.csv", "location,*,", "flag,*,"), "no select feeds location"),
    ("empty_true", edit("empty.csv", "is_obsolete", "surname"), "yet a select fills it"),
    ("empty_true", edit("empty.csv", "Rowan does not say who has left", ""), "without a reason"),
    ("empty_true", edit("empty.csv", "is_obsolete", "lds_source_dataset"), "by the platform"),
    ("empty_true", edit("empty.csv", "location,*", "postcode_hash,*"), "is not for suppliers"),
]


@pytest.mark.parametrize(
    ("rule", "spoil", "told"),
    SPOILED,
    ids=[f"{place}-{each[0]}" for place, each in enumerate(SPOILED)],
)
def test_a_folder_spoiled_in_one_place_breaks_its_rule(
    folder: Path, rule: str, spoil: Spoil, told: str
) -> None:
    assert found(folder, rule) == ""
    spoil(folder)
    assert told in found(folder, rule)
    assert found(folder, rule)


CONTRACTS: list[tuple[Spoil, str]] = [
    (write("defs.yaml", "attributes: ["), "is no YAML"),
    (declare(code="emis"), "declares the code emis"),
    (declare(surprise=1), "surprise: Extra inputs are not permitted"),
    (
        declare(canonical=[{"table": "patient", "source": "x", "sql": "../x.sql"}]),
        "canonical.0.sql",
    ),
    (lambda f: (f / "tables.csv").unlink(), "tables.csv of supplier rowan cannot be read"),
    (write("tables.csv", "file,column\nclinician,uid\n"), "tables.csv of supplier rowan cannot"),
    (lambda f: (f / "defs.yaml").unlink(), "there is no defs.yaml"),
    (lambda f: (f / "tables.csv").write_bytes(b"file,ordinal\n\xff\xfe"), "cannot be read"),
]


@pytest.mark.parametrize(("spoil", "told"), CONTRACTS)
def test_without_its_contract_no_other_rule_is_asked(folder: Path, spoil: Spoil, told: str) -> None:
    spoil(folder)
    (only,) = check_folder(folder)
    assert (only.rule, only.passed) == ("contract", False)
    assert told in only.findings[0].what


def test_a_sample_is_not_walked_with_sql_that_reaches_outside(folder: Path) -> None:
    edit(PATIENT, "raw.patient_detail", "read_csv('/etc/passwd')")(folder)
    verdicts = {each.rule: each for each in check_folder(folder)}
    for rule in ("sample_loads", "sample_fills", "sample_twice", "hostile_sample"):
        assert "is not walked" in verdicts[rule].findings[0].what


@pytest.fixture
def opened(folder: Path) -> Iterator[Bench]:
    with bench(load_supplier(folder)) as found_there:
        yield found_there


def test_a_select_that_multiplies_rows_is_held(folder: Path) -> None:
    twice = "raw.consultation cross join (values (1), (2)) as twice (number)"
    edit("canonical/encounter.sql", "raw.consultation", twice)(folder)
    assert "HELD LOAD_FAULT" in found(folder, "sample_loads")


def test_a_sample_with_a_row_that_cannot_be_read_is_told(folder: Path) -> None:
    full = "samples/X99901/full_20260110000500"
    edit(f"{full}/registration.jsonl", '"20000101"', '"2000-01-01"')(folder)
    assert "1 rows of the sample are set aside: BAD_VALUE" in found(folder, "sample_loads")
    (folder / full / "clinician.jsonl").unlink()
    assert found(folder, "sample_fills") == "no row of the sample lands in practitioner"


def test_a_select_that_loses_rows_is_told_by_the_balance(folder: Path) -> None:
    edit("canonical/observation.sql", "code is not null", "code = '27113001'")(folder)
    assert "coded_entry canonical: 3 rows in, 2 accounted for" in found(folder, "sample_loads")


def test_a_sample_that_changes_the_second_time_is_told(opened: Bench) -> None:
    assert verdict(BY_NAME["sample_twice"], opened).passed
    landing = opened.work / "home/landing/rowan/X99902"
    shutil.copytree(landing / "full_20260110001000", landing / "full_20260111001000")
    told = [each.what for each in verdict(BY_NAME["sample_twice"], opened).findings]
    assert told == ["the sample taken again made a new release"]


def test_an_expression_that_takes_any_name_is_told(folder: Path) -> None:
    declare(delivery={"file": "^(?P<table>.+?)(\\.jsonl)?$"})(folder)
    assert "a hostile name was taken for a file" in found(folder, "hostile_sample")


def test_a_broken_rule_is_told_in_three_lines_and_by_the_exit_code(folder: Path) -> None:
    declare(supplier_code="MEDICUS")(folder)
    edit(PATIENT, "raw.patient_detail", "raw.admin_patient")(folder)
    told = CliRunner().invoke(app, ["supplier", "check", str(folder)])
    assert told.exit_code == 1
    lines = told.output.splitlines()
    start = lines.index("FAILED  own_tables: Selects read their own supplier's tables only")
    assert lines[start + 1 : start + 4] == [
        "        reads raw.admin_patient",
        "          where: rowan/canonical/patient.sql",
        "          to do: read raw.<table> or raw_all.<table> of the supplier's own tables",
    ]
    assert "passed  grammar: Names of folders and files tell group and extract time" in lines
    assert lines[-1].endswith("broken")
