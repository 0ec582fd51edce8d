"""EMIS registrations, from the patient's row and the history of statuses, worked out by hand."""

from collections.abc import Sequence
from datetime import date

import pytest

from tests.golden.harness import RawRows, Row, ids, run

IDS = ids("emis")
PATIENT = {
    "patient_guid": "patient-1",
    "patient_type_description": "Regular",
    "usual_gp_user_in_role_guid": "user-1",
    "date_of_registration": date(2020, 3, 1),
}
History = Sequence[tuple[date | str, ...]]


def episodes(history: History, **changed: object) -> list[Row]:
    raw: RawRows = {
        "Admin_Patient": [{**PATIENT, **changed}],
        "Admin_PatientHistory": [
            {
                "patient_guid": "patient-1",
                "history_date": entry[0],
                "status_description": entry[1],
                "history_time": entry[2] if len(entry) > 2 else "09:00:00",
            }
            for entry in history
        ],
    }
    found = run("emis", raw, "episode_of_care")
    return sorted(found, key=lambda row: str(row["episode_of_care_start_date"]))


def told(rows: list[Row]) -> list[tuple[date, date | None, str | None, str | None]]:
    names = ("episode_of_care_start_date", "episode_of_care_end_date", "type", "status")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_patient_registered_now_has_one_open_episode() -> None:
    (row,) = episodes([(date(2020, 3, 1), "Registered")])
    assert row["id"] == IDS.of("episode_of_care", "patient-1", date(2020, 3, 1))
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    for role in ("publisher", "managing", "author"):
        assert row[f"{role}_organisation_id"] == IDS.organisation()
    assert row["managing_organisation_code"] == "X99901"
    assert row["usual_gp_practitioner_in_role_id"] == IDS.of("practitioner_in_role", "user-1")
    assert row["episode_of_care_start_date"] == date(2020, 3, 1)
    assert row["episode_of_care_end_date"] is None
    assert row["episode_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:patient-type", "Regular"
    )
    assert row["episode_status_source_concept_id"] == IDS.concept(
        "urn:lds:emis:registration-status", "Registered"
    )
    assert row["lds_is_deleted"] is False


def test_an_earlier_registration_comes_from_the_history_without_a_type() -> None:
    history = [
        (date(2011, 5, 2), "Registered"),
        (date(2015, 8, 31), "Left"),
        (date(2020, 3, 1), "Registered"),
    ]
    earlier, latest = episodes(history)
    assert told([earlier, latest]) == [
        (date(2011, 5, 2), date(2015, 8, 31), None, "Left"),
        (date(2020, 3, 1), None, "Regular", "Registered"),
    ]
    assert earlier["usual_gp_practitioner_in_role_id"] is None
    assert earlier["episode_type_source_concept_id"] is None


def test_a_deduction_ends_the_latest_registration() -> None:
    history = [(date(2020, 3, 1), "Registered"), (date(2024, 1, 5), "Left")]
    rows = episodes(history, date_of_deactivation=date(2024, 1, 4))
    assert told(rows) == [(date(2020, 3, 1), date(2024, 1, 4), "Regular", "Left")]


def test_leaving_in_the_history_ends_a_registration_whose_row_says_nothing_yet() -> None:
    history = [(date(2020, 3, 1), "Registered"), (date(2024, 1, 5), "Left")]
    assert told(episodes(history)) == [(date(2020, 3, 1), date(2024, 1, 5), "Regular", "Left")]


def test_death_ends_a_registration_that_nothing_else_ends() -> None:
    rows = episodes([], date_of_death=date(2025, 12, 24))
    assert told(rows) == [(date(2020, 3, 1), date(2025, 12, 24), "Regular", None)]


@pytest.mark.parametrize("word", ["Left", "Deducted, other reason", "Death", "Deceased", "Died"])
def test_every_word_of_leaving_or_death_closes(word: str) -> None:
    ((_, end, _, status),) = told(
        episodes([(date(2021, 1, 1), "Registered"), (date(2022, 2, 2), word)])
    )
    assert (end, status) == (date(2022, 2, 2), word)


def test_a_leaving_before_the_latest_registration_neither_ends_nor_names_it() -> None:
    history = [(date(2011, 5, 2), "Registered"), (date(2015, 8, 31), "Left")]
    assert told(episodes(history)) == [
        (date(2011, 5, 2), date(2015, 8, 31), None, "Left"),
        (date(2020, 3, 1), None, "Regular", None),
    ]


def test_a_corrected_registration_date_leaves_one_episode() -> None:
    # the history still has the date typed first
    history = [(date(2020, 2, 1), "Registered")]
    assert told(episodes(history)) == [(date(2020, 3, 1), None, "Regular", "Registered")]


def test_statuses_repeated_change_nothing() -> None:
    history = [
        (date(2011, 5, 2), "Registered"),
        (date(2012, 1, 1), "Correctly registered"),
        (date(2015, 8, 31), "Left"),
        (date(2015, 9, 30), "Deducted, records sent back"),
        (date(2020, 3, 1), "Registered"),
    ]
    assert told(episodes(history))[0] == (date(2011, 5, 2), date(2015, 8, 31), None, "Left")


def test_a_status_that_neither_opens_nor_closes_is_only_a_status() -> None:
    history = [(date(2020, 3, 1), "Registered"), (date(2020, 3, 9), "Records received")]
    rows = episodes(history)
    assert told(rows) == [(date(2020, 3, 1), None, "Regular", "Records received")]


def test_a_neutral_status_after_leaving_does_not_open_the_registration_again() -> None:
    history = [
        (date(2020, 3, 1), "Registered"),
        (date(2024, 1, 5), "Left"),
        (date(2024, 2, 1), "Records sent"),
    ]
    assert told(episodes(history)) == [
        (date(2020, 3, 1), date(2024, 1, 5), "Regular", "Records sent")
    ]


def test_leaving_and_registering_again_on_one_day_are_two_episodes() -> None:
    history = [
        (date(2011, 5, 2), "Registered"),
        (date(2020, 3, 1), "Left", "08:00:00"),
        (date(2020, 3, 1), "Registered", "10:00:00"),
    ]
    assert told(episodes(history)) == [
        (date(2011, 5, 2), date(2020, 3, 1), None, "Left"),
        (date(2020, 3, 1), None, "Regular", "Registered"),
    ]


def test_the_history_alone_tells_when_the_row_has_no_registration_date() -> None:
    history = [
        (date(2011, 5, 2), "Registered"),
        (date(2015, 8, 31), "Left"),
        (date(2018, 1, 1), "Registered"),
    ]
    assert told(episodes(history, date_of_registration=None)) == [
        (date(2011, 5, 2), date(2015, 8, 31), None, "Left"),
        (date(2018, 1, 1), None, "Regular", "Registered"),
    ]


def test_a_patient_without_any_registration_has_no_episode() -> None:
    assert episodes([], date_of_registration=None) == []


def test_a_deleted_patient_yields_no_episode() -> None:
    assert episodes([(date(2020, 3, 1), "Registered")], deleted=True) == []


def test_the_type_is_carried_trimmed_and_in_its_own_words() -> None:
    (row,) = episodes([], patient_type_description=" Immediately Necessary")
    assert row["type"] == "Immediately Necessary"
    assert row["episode_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:patient-type", "Immediately Necessary"
    )
