"""The release the mart tests read: few people, each there for one rule.

As of 2026-11-20. Practices: Y90001 and Y90002 publish, Y90003 never consented, Y90004 merged into
Y90002 on 2026-10-15 and its records are shown still. Codes of diagnoses
are the invented ones of ``seeds/terminology/fixture_codes.csv``.
"""

import csv
from datetime import date, datetime

from lds_assets.resources import REPOSITORY
from tests.unit.dbt.fixture import AS_OF, Release

ONE, TWO, THREE, FOUR = "Y90001", "Y90002", "Y90003", "Y90004"
#: Day from which nobody is registered at FOUR.
CLOSED = date(2026, 10, 15)
EMIS = "urn:supplier:one"


def fixture_code(code_key: str) -> str:
    """Return the invented SNOMED CT-like code of a fixture code."""
    path = REPOSITORY / "seeds" / "terminology" / "fixture_codes.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return next(r["snomed_code"] for r in csv.DictReader(handle) if r["code_key"] == code_key)


def release() -> Release:
    """Return the whole scenario."""
    made = Release()
    made.add("release_context", release_id="release-1", as_of=AS_OF, register_version="7")
    _practices(made)
    _concepts(made)
    _people(made)
    _diagnoses(made)
    return made


def _practices(made: Release) -> None:
    # FOUR's list of 20 counts at ONE since FOUR merged into it
    lists = ((ONE, "QMF", 25, 20), (TWO, "QMF", 400, 0), (THREE, "QRV", 10, 0))
    for code, icb, size, carried in (*lists, (FOUR, "QMF", None, 0)):
        made.add(
            "practice_register",
            practice_code=code,
            name=f"Practice {code}",
            icb_code=icb,
            icb_name=f"Board {icb}",
            pcn_code="U00001",
            pcn_name="First network",
            supplier_code="EMIS",
            list_size=size,
            list_size_carried=carried,
            is_counted=code != FOUR,
            postcode="N1 1AA",
            status="ACTIVE",
            closed_date=CLOSED if code == FOUR else None,
        )
    for target, begins, ends in (("U1", 2019, 2026), ("U2", 2026, None)):
        made.add(
            "practice_relationship",
            practice_code=ONE,
            kind="PCN",
            target_code=target,
            valid_from=date(begins, 4, 1),
            valid_to=date(ends, 4, 1) if ends else None,
            source="ODS",
        )
    delivered = datetime(2026, 11, 18, 23, 30)
    for code in (ONE, TWO):
        made.add(
            "practice_gate",
            practice_code=code,
            supplier_code="EMIS",
            is_consented=True,
            is_delivering=True,
            last_extract_at=delivered,
        )
        made.add("organisation", id=f"organisation-{code}", organisation_code=code)
    made.add(
        "practice_gate",
        practice_code=THREE,
        supplier_code="EMIS",
        is_consented=False,
        is_delivering=False,
        primary_reason="C_NO_CONSENT",
    )
    made.add(
        "practice_gate",
        practice_code=FOUR,
        supplier_code="EMIS",
        is_consented=True,
        is_delivering=False,
        primary_reason="P_CLOSED",
        coverage_ends_date=CLOSED,
        practice_change="MERGER",
    )
    made.add("organisation", id=f"organisation-{FOUR}", organisation_code=FOUR)
    # TWO moved to another system: of ten old problems eight are told alike, of 2024 alone
    for subject, year, matched, changed, only_old, only_new in (
        ("problem", 2024, 8, 1, 1, 2),
        ("patient", 0, 300, 0, 0, 5),
    ):
        made.add(
            "migration_figure",
            migration_id=f"{TWO}-EMIS-20261101",
            practice_code=TWO,
            from_supplier_code="TPP",
            to_supplier_code="EMIS",
            moved_date=date(2026, 11, 1),
            migration_state="RECONCILED",
            compared_date=date(2026, 11, 5),
            is_accepted=True,
            subject=subject,
            event_year=year,
            matched_count=matched,
            changed_count=changed,
            only_old_count=only_old,
            only_new_count=only_new,
        )
    # ONE went through the whole road, THREE was invited a week ago
    made.add(
        "practice_onboarding",
        practice_code=ONE,
        supplier_code="EMIS",
        onboarding_state="LIVE",
        newest_step="LIVE",
        state_since_date=date(2026, 11, 19),
        invited_date=date(2026, 10, 1),
        consent_granted_date=date(2026, 10, 15),
        bulk_received_date=date(2026, 11, 18),
        reconciled_date=date(2026, 11, 18),
        live_date=date(2026, 11, 19),
        is_released=True,
        reconciliation_verdict="GREEN",
        registered_share=1.0,
    )
    made.add(
        "practice_onboarding",
        practice_code=THREE,
        supplier_code="EMIS",
        onboarding_state="INVITED",
        newest_step="INVITED",
        state_since_date=date(2026, 11, 13),
        invited_date=date(2026, 11, 13),
        is_released=False,
        next_action="Follow up",
        owner_role="PRACTICE_LIAISON",
    )


def _concepts(made: Release) -> None:
    made.concept("concept-regular", "urn:type", "Regular")
    made.concept("concept-temporary", "urn:type", "Temporary")
    made.concept("concept-left", "urn:status", "Left")
    made.concept("concept-female", "urn:gender", "F")
    made.concept("concept-male", "urn:gender", "M")
    for key in ("diabetes_type_1", "diabetes_type_2", "diabetes_resolved"):
        made.concept(key, EMIS, f"local-{key}", fixture_code(key))
    for key in ("hypertension", "hypertension_resolved", "ethnicity_indian"):
        made.concept(key, EMIS, f"local-{key}", fixture_code(key))
    made.concept(
        "ethnicity_ethnic_not_stated", EMIS, "n", fixture_code("ethnicity_ethnic_not_stated")
    )
    made.concept("unmapped", EMIS, fixture_code("diabetes_type_2"))


def _people(made: Release) -> None:
    # Ann moved from TWO to ONE and is registered there today.
    made.patient("ann", ONE, date(1960, 5, 10), gender_source_concept_id="concept-female")
    made.patient("ann-before", TWO, date(1960, 5, 10), person="person-of-ann")
    made.registration(
        "ann-1", "ann-before", TWO, date(2010, 1, 1), episode_of_care_end_date=date(2026, 3, 31)
    )
    made.registration("ann-2", "ann", ONE, date(2026, 4, 15))
    made.add(
        "patient_address",
        id="ann-old",
        patient_id="ann-before",
        postcode="E1 6AN",
        start_date=date(2010, 1, 1),
        end_date=date(2026, 3, 31),
    )
    made.add(
        "patient_address",
        id="ann-new",
        patient_id="ann",
        postcode="N1 9GU",
        start_date=date(2026, 4, 1),
    )
    # Bob died on 2026-10-31, his registration never closed.
    made.patient("bob", ONE, date(1940, 1, 1), death_date=date(2026, 10, 31), death_year=2026)
    made.registration("bob-1", "bob", ONE, date(2000, 1, 1))
    # Cat is registered at both practices, newest at TWO.
    made.patient("cat", ONE, date(2010, 11, 21))
    made.patient("cat-two", TWO, date(2010, 11, 21), person="person-of-cat")
    made.registration("cat-1", "cat", ONE, date(2020, 1, 1))
    made.registration("cat-2", "cat-two", TWO, date(2026, 9, 30))
    # Dan's end comes before his start, so it is no end.
    made.patient("dan", ONE, date(1990, 2, 28))
    made.registration(
        "dan-1", "dan", ONE, date(2015, 6, 1), episode_of_care_end_date=date(2014, 6, 1)
    )
    # Eve is a test patient, Fay temporary, Gus left, Hal is a deleted record.
    made.patient("eve", ONE, date(1980, 1, 1), is_test_patient=True)
    made.registration("eve-1", "eve", ONE, date(2015, 1, 1))
    made.patient("fay", ONE, date(1980, 1, 1))
    made.registration(
        "fay-1", "fay", ONE, date(2026, 1, 1), episode_type_source_concept_id="concept-temporary"
    )
    made.patient("gus", ONE, date(1980, 1, 1))
    made.registration("gus-1", "gus", ONE, date(2015, 1, 1), episode_of_care_end_date=AS_OF)
    made.patient("hal", ONE, date(1980, 1, 1), lds_is_deleted=True)
    made.registration("hal-1", "hal", ONE, date(2015, 1, 1), lds_is_deleted=True)
    # Ivy and Jon are open at FOUR, which merged away; TWO took Ivy over three weeks before.
    # Kim left FOUR before, Lee was entered after it had closed.
    for name in ("ivy", "jon", "kim", "lee"):
        made.patient(name, FOUR, date(1980, 1, 1))
    made.patient("ivy-two", TWO, date(1980, 1, 1), person="person-of-ivy")
    for name in ("ivy", "jon"):
        made.registration(f"{name}-1", name, FOUR, date(2015, 1, 1))
    made.registration("ivy-2", "ivy-two", TWO, date(2026, 9, 24))
    made.registration(
        "kim-1", "kim", FOUR, date(2015, 1, 1), episode_of_care_end_date=date(2025, 1, 1)
    )
    made.registration("lee-1", "lee", FOUR, date(2026, 10, 16))


def _diagnoses(made: Release) -> None:
    made.observation("ann-dm2", "ann-before", "diabetes_type_2", date(2012, 3, 4))
    made.observation("ann-htn", "ann", "hypertension", date(2015, 1, 1))
    made.observation("ann-htn-res", "ann", "hypertension_resolved", date(2015, 1, 1))
    made.observation("ann-eth-0", "ann", "ethnicity_ethnic_not_stated", date(2026, 5, 1))
    made.observation("ann-eth", "ann-before", "ethnicity_indian", date(2011, 5, 1))
    made.observation("bob-dm1", "bob", "diabetes_type_1", date(2001, 1, 1))
    made.observation("bob-dm2", "bob", "diabetes_type_2", date(2001, 1, 1))
    made.observation("cat-dm1", "cat", "diabetes_type_1", date(2018, 1, 1))
    made.observation("cat-htn", "cat", "hypertension", date(2018, 1, 1))
    made.observation("dan-dm-res", "dan", "diabetes_resolved", date(2019, 1, 1))
    made.observation("dan-dm2", "dan", "diabetes_type_2", date(2020, 1, 1))
    made.observation("eve-dm2", "eve", "diabetes_type_2", date(2020, 1, 1))
    made.observation("gus-unmapped", "gus", "unmapped", date(2020, 1, 1))
    made.observation("gus-deleted", "gus", "diabetes_type_2", date(2020, 1, 1), lds_is_deleted=True)
    made.observation("gus-future", "gus", "hypertension", date(2026, 11, 21))
