"""Whether what a delivery holds is of its form at all, asked before any row of it is taken.

Single faulty rows are set aside one by one. Where they are many the delivery itself is broken: a
delta never repeats the rows it lost. Rule source: TPP extract semantics 7 and 10.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from lds_assets.errors import Held, Quarantined, RoadError
from lds_assets.landing.advice import TO_DO
from lds_assets.landing.states import Reason
from lds_assets.raw.load import Tally
from lds_assets.raw.ownership import MALFORMED, NO_OWNER, UNKNOWN_OWNER
from lds_assets.suppliers.registry import Supplier

#: Fewer rows than this are set aside one by one, whatever their share.
AT_LEAST = 20
#: Share of a file's rows that may be faulty.
FAULTY_SHARE = 0.2
#: Lines of one faulty record from which a quote is taken to have stayed open: rows lie inside it.
SWALLOWED_LINES = 10
#: Share of a delivery's rows that name no practice of the register.
NOBODYS_SHARE = 0.9


@dataclass(frozen=True)
class Findings:
    """What is wrong with a delivery as a whole; counts and names only.

    Attributes:
        of_form: table -> how its rows are broken; a new copy is needed.
        nobodys: what is told of rows that name no practice; empty when enough do.
        is_register: the names have the form of practices, the register does not know them.
    """

    of_form: Mapping[str, str] = field(default_factory=dict)
    nobodys: str = ""
    is_register: bool = False


class UnfitTables(Quarantined):
    """Tables of a delivery are broken as a whole, each told by ``tables``."""

    tables: Mapping[str, str]


def weigh_form(
    supplier: Supplier, tallies: Mapping[str, Tally], practices: Collection[str]
) -> Findings:
    """Say what is wrong with a delivery as a whole.

    Args:
        tallies: what each file holds, by table.
        practices: every practice of the register.
    """
    broken = {name: told for name, counted in tallies.items() if (told := _broken(name, counted))}
    rows, nameless, unknown = 0, 0, 0
    for name, counted in tallies.items():
        if supplier.definition.table(name).publisher.column is None:
            continue
        for (owner, _), count in counted.rows.items():
            rows += count
            nameless += count if owner in (NO_OWNER, UNKNOWN_OWNER, MALFORMED) else 0
            known = owner in practices or owner in (NO_OWNER, UNKNOWN_OWNER, MALFORMED)
            unknown += 0 if known else count
    lost = nameless + unknown
    if lost < AT_LEAST or lost < NOBODYS_SHARE * rows:
        return Findings(broken)
    told = f"{lost:,} of {rows:,} rows name no practice of the register"
    return Findings(broken, told, is_register=unknown > nameless)


def refuse_unfit(delivery_id: str, supplier: Supplier, findings: Findings) -> None:
    """Stop a delivery that is broken as a whole; nothing of it is stored.

    Where a manifest tells windows it is set aside: the chain then has a gap, which holds the
    deliveries after it until the window comes again. Elsewhere it is held, and they wait for it.

    Raises:
        Quarantined, Held: with code ``MALFORMED`` or ``OWNERS_UNKNOWN``.
    """
    if findings.of_form:
        raise _stopped(
            delivery_id, supplier, "; ".join(findings.of_form.values()), findings.of_form
        )
    if findings.nobodys and not findings.is_register:
        raise _stopped(delivery_id, supplier, findings.nobodys)
    if findings.nobodys:
        raise Held(
            findings.nobodys,
            where=delivery_id,
            done="delivery held, nothing of it stored; later ones of the group wait",
            to_do=TO_DO[Reason.OWNERS_UNKNOWN],
            code=Reason.OWNERS_UNKNOWN,
        )


def _stopped(
    delivery_id: str, supplier: Supplier, what: str, tables: Mapping[str, str] | None = None
) -> RoadError:
    has_windows = supplier.definition.delivery.manifest is not None
    kind = (UnfitTables if tables else Quarantined) if has_windows else Held
    fault = kind(
        what,
        where=delivery_id,
        done="delivery set aside, nothing of it stored; later ones of the group wait",
        to_do=TO_DO[Reason.MALFORMED],
        code=Reason.MALFORMED,
    )
    if isinstance(fault, UnfitTables):
        fault.tables = tables or {}
    return fault


def _broken(table: str, counted: Tally) -> str:
    """Return what is wrong with a file as a whole, blank when nothing is."""
    swallowed = [bad for bad in counted.bad_records if bad.lines >= SWALLOWED_LINES]
    if swallowed:
        return (
            f"{table}: the record after {swallowed[0].row_number - 1:,} others runs over "
            f"{swallowed[0].lines:,} lines, as when a quote never closes"
        )
    records = len(counted.bad_records)
    faulty = records + sum(rows for (_, fault), rows in counted.rows.items() if fault)
    rows = records + sum(counted.rows.values())
    if faulty < AT_LEAST or faulty <= FAULTY_SHARE * rows:
        return ""
    return f"{table}: {faulty:,} of {rows:,} rows are not of its form"
