"""Ages, worked out from the birth date when a release is read. Rule source: olids rules 10."""

from datetime import date

from lds_assets.lake.sql import identifier
from lds_assets.schema.dictionary import CanonicalTable

#: The date that ages are counted at, per table that has them.
EVENT_DATE = {"appointment": "cast(start_date as date)"}

#: completed years; a birthday on 29 February is reached on 1 March of other years
_YEARS = (
    "year({event}) - year({birth}) - case when month({event}) * 100 + day({event}) < "
    "month({birth}) * 100 + day({birth}) then 1 else 0 end"
)

#: column -> expression over {event} and {birth} dates
AGES = {
    "age_at_event": f"case when {{event}} >= {{birth}} then {_YEARS} end",
    # HES style: 7001 under a day ... 7007 from 273 days, empty from one year on
    "age_at_event_baby": (
        f"case when {{event}} < {{birth}} or {_YEARS} >= 1 then null "
        "when {event} - {birth} < 1 then 7001 when {event} - {birth} < 7 then 7002 "
        "when {event} - {birth} < 29 then 7003 when {event} - {birth} < 91 then 7004 "
        "when {event} - {birth} < 182 then 7005 when {event} - {birth} < 273 then 7006 "
        "when {event} - {birth} >= 273 then 7007 end"
    ),
    "age_at_event_neonate": (
        "case when {event} - {birth} between 0 and 27 then {event} - {birth} end"
    ),
}

#: completed months on a day; one who is born on the 31st completes a short month on the 1st after
_MONTHS = (
    "(year({day}) - year(birth_date)) * 12 + month({day}) - month(birth_date) - "
    "case when day({day}) < day(birth_date) then 1 else 0 end"
)

_DAYS = "{day} - birth_date"

#: column -> (completed units, the least, below)
_FLAGS: dict[str, tuple[str, int, int]] = {
    **{f"is_less_than_{n}_weeks_old": (_DAYS, 0, n * 7) for n in (8, 12, 15, 16, 24)},
    **{f"is_less_than_{n}_months_old": (_MONTHS, 0, n) for n in (6, 8, 12, 18)},
    "is_less_than_1000_days_old": (_DAYS, 0, 1000),
    "is_between_1_to_18_months_old": (_MONTHS, 1, 19),
    "is_less_than_2_years_old": (_MONTHS, 0, 2 * 12),
    "is_between_3_to_4_years_old": (_MONTHS, 3 * 12, 5 * 12),
    "is_less_than_5_years_old": (_MONTHS, 0, 5 * 12),
    "is_between_11_to_18_years_old": (_MONTHS, 11 * 12, 19 * 12),
}


def age_flags(table: CanonicalTable, patients: str, as_of: date) -> str:
    """Return the select of ``patient_age_flags`` on a day, one row per patient not deleted.

    A range of ages ends the day before the next birthday: 3 to 4 years is the fifth birthday not
    reached. Flags are null without a birth date or before it.

    Args:
        patients: select of the current patients of a release.
    """
    day = f"date '{as_of:%Y-%m-%d}'"
    flags = {
        name: f"case when birth_date <= {day} then {unit.format(day=day)} >= {least} and "
        f"{unit.format(day=day)} < {below} end"
        for name, (unit, least, below) in _FLAGS.items()
    }
    columns = ", ".join(
        f"cast({flags.get(column.name, identifier(column.name))} as {column.lake_type}) as "
        f"{identifier(column.name)}"
        for column in table.columns
    )
    return f"select {columns} from ({patients}) where not coalesce(lds_is_deleted, false)"
