"""Defects of rows that every EMIS run has: each row of the files against its row in the release.

What the files say is worked out here from their text alone, practice by practice.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pytest

from lds_assets.canonical.identity import concept_id, record_id
from lds_assets.synthetic.faults.emis_edit import OBSERVATION, PATIENT, SLOT, Row, is_live, read
from lds_assets.synthetic.faults.emis_edit import state as state_of
from lds_assets.synthetic.faults.scenario import Written
from tests.faults.run import Run
from tests.faults.runs import Runs
from tests.stages import written

DATASET = "Primary Care - EMIS"
#: Tables that rows of CareRecord_Observation land in.
FROM_OBSERVATIONS = ("observation", "allergy_intolerance", "diagnostic_order", "referral_request")
CODES = "Coding_ClinicalCode"


@dataclass(frozen=True)
class Sent:
    """What the files of a run hold of one practice."""

    run: Run
    code: str
    organisation: str

    def state(self, table: str) -> list[Row]:
        """Return the live rows as bulk and deltas leave them."""
        return [row for row in state_of(_deliveries(self.run), table) if self._is_own(row)]

    def rows(self, table: str, day: int) -> list[Row]:
        """Return the rows of one delivery."""
        return [row for row in read(_deliveries(self.run)[day][1], table).rows if self._is_own(row)]

    def id(self, entity: str, guid: str) -> str:
        """Return the id of a record of the practice."""
        found = record_id(DATASET, entity, self.code, guid.strip("{}").lower())
        assert found is not None
        return found

    @cached_property
    def observations(self) -> dict[str, tuple[date | None, bool]]:
        """Released records made of observations: id -> day, is deleted."""
        found = {}
        for table in FROM_OBSERVATIONS:
            for key, day, is_deleted in self.run.select(
                f"select id, clinical_effective_date, lds_is_deleted from release.{table} "
                f"where publisher_organisation_code = '{self.code}'"
            ):
                found[str(key)] = (day, bool(is_deleted))
        return found

    def _is_own(self, row: Row) -> bool:
        return row["OrganisationGuid"] == self.organisation


def _deliveries(run: Run) -> Written:
    return [item for item in written(run.home) if item[0].supplier_code == "emis"]


@pytest.fixture(scope="module", params=[0, 1], ids=["first practice", "second practice"])
def sent(clean: Run, request: pytest.FixtureRequest) -> Sent:
    """One of the two EMIS practices of the clean run, which has every defect."""
    practices = [each for each in clean.made.practices if each.code in clean.practices()]
    chosen = practices[request.param]
    return Sent(clean, chosen.code, chosen.supplier_org_id)


def _ends_well(number: str) -> bool:
    """Say whether an NHS number's last digit is right: weights 10 to 2, eleven less the rest."""
    if len(number) != 10 or not number.isdigit() or len(set(number)) == 1:
        return False
    total = sum(
        int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)
    )
    return (11 - total % 11) % 11 == int(number[9]) and total % 11 != 1


def test_only_a_right_nhs_number_is_one(sent: Sent) -> None:
    expected = {
        sent.id("patient", row["PatientGuid"]): row["NhsNumber"]
        if _ends_well(row["NhsNumber"])
        else None
        for row in sent.state(PATIENT)
    }
    told = sent.run.select(
        "select id, nhs_number from release.patient where not lds_is_deleted "
        f"and publisher_organisation_code = '{sent.code}'"
    )
    assert None in expected.values()
    assert dict(told) == expected


def test_patients_for_test_confidential_and_sensitive_ones_are_marked(sent: Sent) -> None:
    marks = ("DummyType", "IsConfidential", "SpineSensitive")
    expected = {
        sent.id("patient", row["PatientGuid"]): tuple(row[mark] == "true" for mark in marks)
        for row in sent.state(PATIENT)
    }
    rows = sent.run.select(
        "select id, is_test_patient, is_confidential, is_spine_sensitive from release.patient "
        f"where not lds_is_deleted and publisher_organisation_code = '{sent.code}'"
    )
    for place in range(3):
        assert any(each[place] for each in expected.values()), marks[place]
    assert {key: tuple(map(bool, flags)) for key, *flags in rows} == expected


def test_a_date_is_kept_as_it_is_and_none_where_its_precision_says_so(sent: Sent) -> None:
    rows = sent.state(OBSERVATION)
    expected = {
        sent.id("observation", row["ObservationGuid"]): date.fromisoformat(row["EffectiveDate"])
        if row["EffectiveDate"] and row["EffectiveDatePrecision"] != "U"
        else None
        for row in rows
    }
    days = {day for day in expected.values() if day is not None}
    assert None in expected.values() and min(days) == date(1900, 1, 1) and max(days).year > 2030
    told = {key: day for key, (day, _) in sent.observations.items() if key in expected}
    assert told == expected


def test_each_record_is_there_once_and_only_if_it_was_not_deleted(sent: Sent) -> None:
    """Deleted, brought back, sent twice a day: the last word of the files is the release's."""
    gone = {
        row["PatientGuid"]
        for day in range(3)
        for row in sent.rows(PATIENT, day)
        if not is_live(row)
    }
    back = {
        row["ObservationGuid"]
        for day in (1, 2)
        for row in sent.rows(OBSERVATION, day)
        if not is_live(row)
    }
    expected = {
        sent.id("observation", row["ObservationGuid"])
        for row in sent.state(OBSERVATION)
        if row["PatientGuid"] not in gone
    }
    of_gone = {
        sent.id("observation", row["ObservationGuid"])
        for row in sent.state(OBSERVATION)
        if row["PatientGuid"] in gone
    }
    live = {key for key, (_, is_deleted) in sent.observations.items() if not is_deleted}
    assert back
    assert live - of_gone == expected


def test_a_deletion_of_what_nobody_had_is_a_deleted_row(sent: Sent) -> None:
    known: set[str] = set()
    unknown: set[str] = set()
    for day in range(3):
        rows = sent.rows(OBSERVATION, day)
        unknown |= {r["ObservationGuid"] for r in rows if not is_live(r)} - known
        known |= {row["ObservationGuid"] for row in rows}
    assert unknown
    for guid in unknown:
        assert sent.observations[sent.id("observation", guid)] == (None, True)


def test_of_two_versions_in_one_delivery_the_older_is_superseded(sent: Sent) -> None:
    for day, mark in ((1, "20261119"), (2, "20261120")):
        times = Counter(row["ObservationGuid"] for row in sent.rows(OBSERVATION, day))
        older = sum(number - 1 for number in times.values())
        counted = sent.run.rows(sent.code, mark, "canonical", OBSERVATION)
        assert counted["SUPERSEDED"] == older


def test_two_versions_do_come(clean: Run) -> None:
    doubled = 0
    for _, folder in _deliveries(clean)[1:]:
        times = Counter(row["ObservationGuid"] for row in read(folder, OBSERVATION).rows)
        doubled += sum(number > 1 for number in times.values())
    assert doubled


def test_a_slot_without_patient_is_counted_and_one_of_an_unknown_patient_kept(sent: Sent) -> None:
    bulk = sent.rows(SLOT, 0)
    vacant = sum(not row["PatientGuid"] for row in bulk)
    counted = sent.run.rows(sent.code, "20261118", "canonical", SLOT)
    assert vacant and counted["VACANT_SLOT"] == vacant
    patients = {row["PatientGuid"] for row in sent.state(PATIENT)}
    unknown = {
        sent.id("patient", row["PatientGuid"])
        for row in sent.state(SLOT)
        if row["PatientGuid"] and row["PatientGuid"] not in patients
    }
    assert unknown
    kept = sent.run.select(
        "select distinct patient_id from release.appointment "
        f"where publisher_organisation_code = '{sent.code}'"
    )
    assert unknown <= {str(row[0]) for row in kept}


def test_a_code_that_comes_a_day_late_names_the_records_that_used_it(
    runs: Runs, sent: Sent
) -> None:
    folders = [folder for _, folder in _deliveries(sent.run)]
    lists = [{row["CodeId"]: row["Term"] for row in read(folder, CODES).rows} for folder in folders]
    (late,) = set(lists[1]) - set(lists[0])
    users = {row["ObservationGuid"] for row in sent.rows(OBSERVATION, 0) if row["CodeId"] == late}
    assert users
    concept = concept_id("urn:lds:emis:code-id", late)
    shown = f"select display from release.concept where concept_id = '{concept}'"
    assert runs.before(1).select(shown) == [(None,)]
    assert sent.run.select(shown) == [(lists[1][late],)]
    used = sent.run.select(
        "select count(*) from release.observation "
        f"where observation_source_concept_id = '{concept}' "
        f"and publisher_organisation_code = '{sent.code}'"
    )
    assert used == [(len(users),)]


def test_a_parent_that_comes_late_is_met_by_the_link_it_always_had(sent: Sent) -> None:
    before = {row["ObservationGuid"] for row in sent.rows(OBSERVATION, 0)}
    late = {
        row["ObservationGuid"]: row["ParentObservationGuid"]
        for row in sent.rows(OBSERVATION, 0)
        if row["ParentObservationGuid"] and row["ParentObservationGuid"] not in before
    }
    assert late
    for child, parent in late.items():
        wanted = sent.id("observation", child)
        linked = sent.run.select(
            f"select parent_observation_id from release.observation where id = '{wanted}'"
        )
        assert linked == [(sent.id("observation", parent),)]
