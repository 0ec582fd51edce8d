"""Which mechanism suits which use, from the reviewed register."""

import pytest

from lds_assets.errors import Refused
from lds_assets.gate.mechanisms import Suitability, UseCase, mechanisms
from lds_assets.resources import REPOSITORY

SEEDS = REPOSITORY / "seeds"


def suitable(use_case: UseCase, supplier: str = "") -> set[str]:
    return {each.mechanism_id for each in mechanisms(SEEDS, use_case, supplier) if each.suits}


def answer(use_case: UseCase, mechanism: str) -> Suitability:
    found = {each.mechanism_id: each for each in mechanisms(SEEDS, use_case)}
    return found[mechanism]


def test_population_analytics_takes_bulk_and_nothing_else() -> None:
    assert suitable(UseCase.POPULATION_ANALYTICS) == {"IM1-BULK", "IM1-BULK-EMIS", "IM1-BULK-TPP"}
    refused = answer(UseCase.POPULATION_ANALYTICS, "IM1-TXN")
    assert "per-patient transactions" in refused.reason
    assert (refused.as_of, refused.source) == ("2026-03", "000;002")


def test_no_bulk_feed_is_for_direct_care_and_its_age_says_why() -> None:
    assert {name for name in suitable(UseCase.DIRECT_CARE) if "BULK" in name} == set()
    assert "GPC-STRUCT" in suitable(UseCase.DIRECT_CARE)
    assert "24 h old" in answer(UseCase.DIRECT_CARE, "IM1-BULK").reason
    assert answer(UseCase.DIRECT_CARE, "GPC-UPDATE").reason.startswith("not to be had")


def test_patients_are_served_by_what_was_made_for_them() -> None:
    assert suitable(UseCase.PATIENT_FACING) == {"IM1-PATIENT", "NHSAPP"}
    assert "made for another use" in answer(UseCase.PATIENT_FACING, "GPC-STRUCT").reason


def test_write_back_needs_a_structured_write() -> None:
    assert {"IM1-TXN", "EMIS-PARTNER"} <= suitable(UseCase.WRITE_BACK)
    assert answer(UseCase.WRITE_BACK, "GPC-STRUCT").reason == "it only reads"
    assert answer(UseCase.WRITE_BACK, "HL7V2").suits is False


def test_medicus_has_no_way_that_suits_population_analytics() -> None:
    found = mechanisms(SEEDS, UseCase.POPULATION_ANALYTICS, "medicus")
    assert {each.mechanism_id for each in found} == {"IM1-BULK-MEDICUS", "IM1-TXN-MEDICUS"}
    assert not any(each.suits for each in found)


@pytest.mark.parametrize("use_case", list(UseCase))
def test_every_mechanism_is_answered_with_reason_source_and_date(use_case: UseCase) -> None:
    found = mechanisms(SEEDS, use_case)
    assert len(found) == 25
    silent = [each.mechanism_id for each in found if not (each.reason and each.as_of)]
    assert silent == []
    order = [each.suits for each in found]
    assert order == sorted(order, reverse=True)


def test_a_supplier_nobody_names_is_refused() -> None:
    with pytest.raises(Refused) as raised:
        mechanisms(SEEDS, supplier="Nobody")
    assert raised.value.code == "SUPPLIER_UNKNOWN"
