"""What the marts say of the scenario, worked out by hand from its comments."""

from datetime import date

from tests.unit.dbt.conftest import Built


def _people(built: Built, query: str) -> list[tuple[object, ...]]:
    return built.rows(query.replace("$who", "replace(person_id, 'person-of-', '')"))


def test_the_marts_name_their_release_and_day(built: Built) -> None:
    assert built.rows("select release_id, as_of from mart_release") == [
        ("release-1", date(2026, 11, 20))
    ]


def test_every_rule_of_the_models_is_unit_tested_in_the_build(built: Built) -> None:
    unit_tests = [node for node in built.report.nodes if node.kind == "unit_test"]
    assert len(unit_tests) >= 30
    assert {node.state for node in unit_tests} == {"pass"}


def test_no_test_of_the_clean_scenario_warns(built: Built) -> None:
    assert built.report.warnings == ()


def test_deleted_patients_are_gone_and_test_patients_are_told(built: Built) -> None:
    found = built.rows("select patient_id, exclusion_reason from mart_patient_person order by 1")
    assert found == [
        ("ann", None),
        ("ann-before", None),
        ("bob", None),
        ("cat", None),
        ("cat-two", None),
        ("dan", None),
        ("eve", "test patient"),
        ("fay", None),
        ("gus", None),
        ("ivy", None),
        ("ivy-two", None),
        ("jon", None),
        ("kim", None),
        ("lee", None),
    ]


def test_everybody_is_active_or_has_a_reason(built: Built) -> None:
    found = _people(
        built, "select $who, practice_code, inactive_reason from mart_active_patient order by 1"
    )
    assert found == [
        ("ann", "Y90001", None),
        ("bob", None, "deceased"),
        ("cat", "Y90002", None),
        ("dan", "Y90001", None),
        ("eve", None, "test"),
        ("fay", None, "none"),
        ("gus", None, "deregistered"),
        ("ivy", "Y90002", None),
        ("jon", None, "deregistered"),
        ("kim", None, "deregistered"),
        ("lee", None, "none"),
    ]


def test_history_shows_the_move_the_gap_and_the_death(built: Built) -> None:
    found = built.rows(
        "select registration_id, registration_state, effective_end_date, gap_days"
        " from mart_registration_history where practice_code <> 'Y90004'"
        " and registration_id <> 'ivy-2' order by 1"
    )
    assert found == [
        ("ann-1", "Historical", date(2026, 3, 31), None),
        ("ann-2", "Active", None, 15),
        ("bob-1", "Historical - Deceased", date(2026, 10, 31), None),
        ("cat-1", "Active", None, None),
        ("cat-2", "Active", None, None),
        ("dan-1", "Active", None, None),
        ("gus-1", "Historical", date(2026, 11, 20), None),
    ]


def test_a_practice_that_closed_has_nobody_registered_from_that_day_on(built: Built) -> None:
    # the source's rows of Ivy and Jon are open still; Lee's begins when the practice is no more
    found = built.rows(
        "select registration_id, practice_code, registration_state, effective_end_date, end_date,"
        " is_end_derived, is_current from mart_registration_history"
        " where practice_code = 'Y90004' or registration_id = 'ivy-2' order by 1"
    )
    closed, left = date(2026, 10, 15), date(2025, 1, 1)
    assert found == [
        ("ivy-1", "Y90004", "Historical", closed, closed, True, False),
        ("ivy-2", "Y90002", "Active", None, None, False, True),
        ("jon-1", "Y90004", "Historical", closed, closed, True, False),
        ("kim-1", "Y90004", "Historical", left, left, False, False),
    ]
    recorded = "select count(*) from stg_episode_of_care where episode_of_care_end_date is null"
    assert built.rows(f"{recorded} and publisher_organisation_code = 'Y90004'") == [(3,)]


def test_the_successor_counts_each_person_once_and_the_predecessor_nobody(built: Built) -> None:
    # at the end of September Ivy is at both, and on the list of the newer one; in October on one
    found = built.rows(
        "select practice_code, month_end, patient_count, registered_count"
        " from mart_list_size_by_month where practice_code = 'Y90004'"
        " and month_end >= date '2026-08-31' order by 2"
    )
    assert found == [
        ("Y90004", date(2026, 8, 31), 2, 2),
        ("Y90004", date(2026, 9, 30), 1, 2),
    ]
    assert built.rows(
        "select practice_code, count(*), count(distinct person_id) from mart_active_patient"
        " where practice_code in ('Y90002', 'Y90004') group by 1"
    ) == [("Y90002", 2, 2)]


def test_episodes_left_out_are_counted_by_reason(built: Built) -> None:
    found = built.rows("select * from mart_registration_exclusion order by 1, 2")
    assert found == [
        ("Y90001", "counted", 5),
        ("Y90001", "not a regular registration", 1),
        ("Y90001", "patient does not count", 1),
        ("Y90002", "counted", 3),
        ("Y90004", "begun after the practice closed", 1),
        ("Y90004", "counted", 3),
    ]


def test_list_sizes_follow_the_moves(built: Built) -> None:
    # February: Bob, Cat, Dan, Gus at ONE, Ann at TWO. April: Ann at ONE. September: Cat at TWO
    # too, from the 30th, and Ivy from the 24th. October: Bob died on the last day.
    found = built.rows(
        "select practice_code, month_end, patient_count, registered_count"
        " from mart_list_size_by_month where month_end in"
        " ('2026-02-28', '2026-03-31', '2026-04-30', '2026-09-30', '2026-10-31')"
        " and practice_code <> 'Y90004' order by 2, 1"
    )
    assert found == [
        ("Y90001", date(2026, 2, 28), 4, 4),
        ("Y90002", date(2026, 2, 28), 1, 1),
        ("Y90001", date(2026, 3, 31), 4, 4),
        ("Y90001", date(2026, 4, 30), 5, 5),
        ("Y90001", date(2026, 9, 30), 4, 5),
        ("Y90002", date(2026, 9, 30), 2, 2),
        ("Y90001", date(2026, 10, 31), 3, 4),
        ("Y90002", date(2026, 10, 31), 2, 2),
    ]


def test_list_sizes_look_back_five_years_to_the_last_complete_month(built: Built) -> None:
    found = built.rows(
        "select count(distinct month_end), min(month_end), max(month_end)"
        " from mart_list_size_by_month"
    )
    assert found == [(60, date(2021, 11, 30), date(2026, 10, 31))]


def test_demographics_hold_who_was_ever_registered(built: Built) -> None:
    found = _people(
        built,
        "select $who, age_years, gender, ethnic_subcategory, postcode_district, practice_code"
        " from mart_person_demographics order by 1",
    )
    assert found == [
        ("ann", 66, "female", "Indian", "N1", "Y90001"),
        ("bob", 86, "unknown", "Not recorded", None, None),
        ("cat", 15, "unknown", "Not recorded", None, "Y90002"),
        ("dan", 36, "unknown", "Not recorded", None, "Y90001"),
        ("gus", 46, "unknown", "Not recorded", None, None),
        ("ivy", 46, "unknown", "Not recorded", None, "Y90002"),
        ("jon", 46, "unknown", "Not recorded", None, None),
        ("kim", 46, "unknown", "Not recorded", None, None),
    ]


def test_the_diabetes_register_follows_its_definition(built: Built) -> None:
    # Cat is 15; Dan's diagnosis came after the resolution; Eve is a test patient; Gus's code has
    # no map and his other diagnosis is deleted. Bob's two types fall on one day.
    found = _people(
        built, "select $who, diabetes_type, is_active from mart_diabetes_register order by 1"
    )
    assert found == [("ann", "type 2", True), ("bob", "type 1", False), ("dan", "type 2", True)]


def test_the_hypertension_register_has_no_age_and_ends_on_the_same_day(built: Built) -> None:
    # Ann's is resolved on the day; Gus's is said of tomorrow and entered tomorrow.
    found = _people(built, "select $who, age_years from mart_hypertension_register order by 1")
    assert found == [("cat", 15)]


def test_coverage_counts_registered_people_against_published_lists(built: Built) -> None:
    found = built.rows(
        "select practice_code, is_consented, is_delivering, registered_count, list_size,"
        " list_size_carried, is_counted,"
        " cast(coverage_percent as double), coverage_state, primary_reason"
        " from mart_practice_coverage order by 1"
    )
    assert found == [
        ("Y90001", True, True, 2, 25, 20, True, 8.0, "1 to 90 %", None),
        ("Y90002", True, True, 2, 400, 0, True, 0.5, "under 1 %", None),
        ("Y90003", False, False, 0, 10, 0, True, 0.0, "not consented", "C_NO_CONSENT"),
        ("Y90004", True, False, 0, None, 0, False, None, "coverage ended", "P_CLOSED"),
    ]


def test_board_coverage_adds_up_to_the_practices(built: Built) -> None:
    found = built.rows(
        "select icb_code, practice_count, consented_count, registered_count, list_size,"
        " list_size_carried"
        " from mart_icb_coverage order by 1"
    )
    assert found == [("QMF", 2, 2, 4, 425, 20), ("QRV", 1, 0, 0, 10, 0)]


def test_onboarding_tells_the_state_its_days_and_who_goes_on(built: Built) -> None:
    found = built.rows(
        "select practice_code, icb_code, onboarding_state, state_days, invited_days, "
        "consent_granted_days, live_days, owner_role from mart_onboarding order by 1"
    )
    assert found == [
        ("Y90001", "QMF", "LIVE", 1, 14, 34, 1, None),
        ("Y90003", "QRV", "INVITED", 7, 7, None, None, "PRACTICE_LIAISON"),
    ]


def test_a_migration_s_figures_are_shares_of_what_the_old_system_had(built: Built) -> None:
    found = built.rows(
        "select subject, event_year, old_count, new_count, cast(matched_percent as double), "
        "is_accepted from mart_migration_reconciliation order by 1"
    )
    assert found == [("patient", 0, 300, 305, 100.0, True), ("problem", 2024, 10, 11, 80.0, True)]
