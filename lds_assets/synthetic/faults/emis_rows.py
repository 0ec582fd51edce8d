"""Scenarios of EMIS rows: doubled and broken ones, unknown codes, links that lead nowhere."""

from lds_assets.synthetic.faults.emis_edit import (
    OBSERVATION,
    PATIENT,
    SLOT,
    Row,
    append,
    as_csv,
    change,
    first,
    invented,
    is_live,
    of,
    path_of,
    read,
    scenario,
    template,
    templates,
)
from lds_assets.synthetic.faults.scenario import Scenario, Written

REFERRAL = "CareRecord_ObservationReferral"
ISSUE = "Prescribing_IssueRecord"
DRUG = "Prescribing_DrugRecord"
#: Slots of patients that no file names.
UNKNOWN_SLOTS = 2000
#: Text with everything that a careless reader trips over.
AWKWARD_TEXT = 'one "daily",\r\nafter a meal; \\ then rest'


def _add(written: Written, table: str, *rows: Row) -> None:
    """Add rows to the newest delivery under its own processing id."""
    delivery, folder = written[-1]
    append(folder, table, [row | {"ProcessingId": str(delivery.number)} for row in rows])


def _duplicate_rows(written: Written) -> None:
    one, other = templates(written, OBSERVATION, 2)
    one |= {"ObservationGuid": invented(1)}
    other |= {"ObservationGuid": invented(2)}
    _add(written, OBSERVATION, one, one, other, one)


def _broken_row(written: Written) -> None:
    _add(written, OBSERVATION, template(written, OBSERVATION) | {"ObservationGuid": invented(1)})
    folder = written[-1][1]
    path = path_of(folder, OBSERVATION)
    lines = path.read_bytes()
    short = as_csv([["{FA000000-0000-4000-8000-000000000002}", "too", "short"]])
    last = lines.rindex(b"\r\n", 0, len(lines) - 2) + 2
    path.write_bytes(lines[:last] + short + lines[last:])


def _broken_value(written: Written) -> None:
    row = template(written, OBSERVATION)
    _add(
        written,
        OBSERVATION,
        row | {"ObservationGuid": invented(1), "EffectiveDate": "31/02/2026"},
        row | {"ObservationGuid": "", "Value": ""},
    )


def _awkward_texts(written: Written) -> None:
    _add(
        written,
        DRUG,
        template(written, DRUG) | {"DrugRecordGuid": invented(1), "Dosage": AWKWARD_TEXT},
    )


def _unknown_code(written: Written) -> None:
    row = template(written, OBSERVATION) | {"CodeId": "999999999999999999"}
    drug = template(written, DRUG) | {"CodeId": "999999999999999998"}
    _add(written, OBSERVATION, row | {"ObservationGuid": invented(1)})
    _add(written, DRUG, drug | {"DrugRecordGuid": invented(1)})


def _blank_code_and_dates(written: Written) -> None:
    row = template(written, OBSERVATION)
    unset = {"EffectiveDate": "", "EffectiveDatePrecision": "U"}
    padded = {"EffectiveDate": "1899-12-31", "EffectiveDatePrecision": "U"}
    _add(
        written,
        OBSERVATION,
        row | {"ObservationGuid": invented(1), "CodeId": ""},
        row | {"ObservationGuid": invented(2)} | unset,
        row | {"ObservationGuid": invented(3)} | padded,
    )


def _links_to_nothing(written: Written) -> None:
    row = template(written, OBSERVATION) | {"ObservationGuid": invented(1)}
    links = {"ParentObservationGuid": invented(91), "ProblemGuid": invented(92)}
    _add(written, OBSERVATION, row | links)
    issue = template(written, ISSUE) | {"IssueRecordGuid": invented(1)}
    _add(written, ISSUE, issue | {"DrugRecordGuid": invented(93)})


def _referral_without_target(written: Written) -> None:
    code = next(
        row["CodeId"]
        for row in read(written[-1][1], "Coding_ClinicalCode").rows
        if row["EmisCodeCategoryDescription"] == "Referral"
    )
    row = template(written, OBSERVATION) | {"CodeId": code}
    bare, blank = row | {"ObservationGuid": invented(1)}, row | {"ObservationGuid": invented(2)}
    _add(written, OBSERVATION, bare, blank)
    names = ("ObservationGuid", "PatientGuid", "OrganisationGuid")
    _add(written, REFERRAL, {name: blank[name] for name in names})


def _slots_of_unknown_patients(written: Written) -> None:
    row = template(written, SLOT)
    _add(
        written,
        SLOT,
        *(
            row | {"SlotGuid": invented(number), "PatientGuid": invented(10**6 + number)}
            for number in range(UNKNOWN_SLOTS)
        ),
    )


def _value_absent(written: Written) -> None:
    """Add a result with its usual range and unit and no value."""
    bounds = {"NumericRangeLow": "3.5", "NumericRangeHigh": "5.3", "NumericUnit": "mmol/L"}
    row = template(written, OBSERVATION) | {"ObservationGuid": invented(1), "Value": ""}
    _add(written, OBSERVATION, row | bounds)


def _left_and_dead(written: Written) -> None:
    """Let every patient of the first practice have left or died before the bulk."""
    left = {"DateOfDeactivation": "2026-06-30"}
    died = {"DateOfDeath": "2026-06-30", "DateOfDeactivation": "2026-07-01"}

    def gone(row: Row) -> Row:
        return row | (died if int(row["PatientNumber"]) % 2 else left) if is_live(row) else row

    for _, folder in written:
        change(folder, PATIENT, of(first(written), gone))


def _doubled_population(written: Written) -> None:
    """Send 40 % of the first practice's registered patients twice, under other GUIDs."""
    own = [
        row
        for row in read(written[0][1], PATIENT).rows
        if row["OrganisationGuid"] == first(written)
        and row["PatientTypeDescription"].strip() == "Regular"
        and not row["DateOfDeactivation"]
        and not row["DateOfDeath"]
        and is_live(row)
    ]
    again = own[: len(own) * 2 // 5]
    rows = [row | {"PatientGuid": invented(number)} for number, row in enumerate(again)]
    append(written[0][1], PATIENT, rows)


SCENARIOS: tuple[Scenario, ...] = (
    scenario(
        "duplicate_rows",
        "the newest EMIS observation file repeats rows, one next to the other and further below",
        _duplicate_rows,
    ),
    scenario("broken_row", "a row of the newest EMIS observation file is too short", _broken_row),
    scenario(
        "broken_value",
        "the newest EMIS observation file has a date that is none and a row without its key",
        _broken_value,
    ),
    scenario(
        "awkward_texts",
        "a dosage in the newest EMIS delivery holds quotes, a comma, a line break, a backslash",
        _awkward_texts,
    ),
    scenario(
        "unknown_code",
        "the newest EMIS delivery uses codes that its code lists lack",
        _unknown_code,
    ),
    scenario(
        "blank_code_and_dates",
        "the newest EMIS delivery has observations without code, without date, of 1899-12-31",
        _blank_code_and_dates,
    ),
    scenario(
        "links_to_nothing",
        "an observation names a parent and a problem, an issue a drug record, that never came",
        _links_to_nothing,
    ),
    scenario(
        "referral_without_target",
        "the newest EMIS delivery has a referral without a target and one without its details",
        _referral_without_target,
    ),
    scenario(
        "slots_of_unknown_patients",
        f"the newest EMIS delivery has {UNKNOWN_SLOTS} slots of patients that no file names",
        _slots_of_unknown_patients,
    ),
    scenario(
        "value_absent",
        "the newest EMIS delivery has a result with its range and unit and no value",
        _value_absent,
    ),
    scenario(
        "left_and_dead",
        "every patient of the first EMIS practice has left or died",
        _left_and_dead,
    ),
    scenario(
        "doubled_population",
        "the EMIS bulk holds 40 % of the first practice's registered patients twice",
        _doubled_population,
    ),
)
