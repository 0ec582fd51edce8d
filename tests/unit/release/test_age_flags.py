"""Age flags of a day, worked out by hand from birth dates."""

from datetime import date

import duckdb
import pytest

from lds_assets.release.ages import age_flags
from lds_assets.schema.dictionary import olids

TABLE = olids()["patient_age_flags"]
TODAY = date(2026, 3, 1)


def flags(birth: date | None, *, deleted: bool = False) -> dict[str, object] | None:
    """Return the flags of one patient on the day, None when the patient has no row."""
    born = "cast(null as date)" if birth is None else f"date '{birth}'"
    patients = (
        f"select 'p' as id, 'E84001' as publisher_organisation_code, {born} as birth_date, "
        f"{str(deleted).lower()} as lds_is_deleted"
    )
    with duckdb.connect() as connection:
        result = connection.execute(age_flags(TABLE, patients, TODAY))
        names = [column[0] for column in result.description or []]
        row = result.fetchone()
    return None if row is None else dict(zip(names, row, strict=True))


def true_flags(birth: date) -> set[str]:
    row = flags(birth)
    assert row is not None
    return {name for name, value in row.items() if value is True}


UNDER = {f"is_less_than_{n}_weeks_old" for n in (8, 12, 15, 16, 24)}
MONTHS = {f"is_less_than_{n}_months_old" for n in (6, 8, 12, 18)}
CHILD = {"is_less_than_1000_days_old", "is_less_than_2_years_old", "is_less_than_5_years_old"}


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        (TODAY, UNDER | MONTHS | CHILD),
        # 56 days: the eighth week is completed; one month is, too
        (
            date(2026, 1, 4),
            UNDER - {"is_less_than_8_weeks_old"}
            | MONTHS
            | CHILD
            | {"is_between_1_to_18_months_old"},
        ),
        # 55 days
        (date(2026, 1, 5), UNDER | MONTHS | CHILD | {"is_between_1_to_18_months_old"}),
        # six months are completed on this very day
        (
            date(2025, 9, 1),
            MONTHS - {"is_less_than_6_months_old"} | CHILD | {"is_between_1_to_18_months_old"},
        ),
        # 18 completed months: no longer under 18, still aged 1 to 18 months
        (date(2024, 9, 1), CHILD | {"is_between_1_to_18_months_old"}),
        (date(2024, 8, 1), CHILD),
        # second birthday today
        (date(2024, 3, 1), CHILD - {"is_less_than_2_years_old"}),
        # born on 29 February: the second year is completed on 1 March
        (date(2024, 2, 29), CHILD - {"is_less_than_2_years_old"}),
        (date(2023, 3, 1), {"is_between_3_to_4_years_old", "is_less_than_5_years_old"}),
        (date(2021, 3, 2), {"is_between_3_to_4_years_old", "is_less_than_5_years_old"}),
        (date(2021, 3, 1), set()),
        (date(2015, 3, 1), {"is_between_11_to_18_years_old"}),
        (date(2015, 3, 2), set()),
        (date(2007, 3, 2), {"is_between_11_to_18_years_old"}),
        (date(2007, 3, 1), set()),
    ],
)
def test_flags_hold_to_the_day(birth: date, expected: set[str]) -> None:
    assert true_flags(birth) == expected


def test_999_days_is_under_1000_days() -> None:
    assert "is_less_than_1000_days_old" in true_flags(date(2023, 6, 6))
    assert "is_less_than_1000_days_old" not in true_flags(date(2023, 6, 5))


@pytest.mark.parametrize("birth", [None, date(2026, 3, 2)])
def test_without_an_age_there_is_no_answer(birth: date | None) -> None:
    row = flags(birth)
    assert row is not None
    assert {value for name, value in row.items() if name.startswith("is_")} == {None}


def test_a_deleted_patient_has_no_row() -> None:
    assert flags(date(2020, 1, 1), deleted=True) is None
