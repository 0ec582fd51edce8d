"""Rules of ``consent_cover.csv``: a consent covers only what its practice may speak for."""

from collections.abc import Iterator

from lds_assets.gate.cover import EARLIER_SUPPLIER, PREDECESSOR
from lds_assets.gate.faults import Fault, Line, where
from lds_assets.gate.state import RegisterState

Row = dict[str, str]


def cover_faults(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """S15, S16: the consent is on record, and so is the way from the records to its practice."""
    yield from where(
        "C-15 the consent is not in the register",
        lines,
        lambda row: state.consent(row["consent_id"]) is None,
    )
    yield from where(
        "C-16 not a supplier the practice has left",
        lines,
        lambda row: row["kind"] == EARLIER_SUPPLIER and not _has_left(row, state),
    )
    yield from where(
        "C-17 not a practice that this one succeeded",
        lines,
        lambda row: row["kind"] == PREDECESSOR and not _succeeded(row, state),
    )


def _has_left(row: Row, state: RegisterState) -> bool:
    consent = state.consent(row["consent_id"])
    if consent is None or row["code"] == consent.supplier_code:
        return False
    practice = consent.practice_code
    given = {each.supplier_code for each in state.consents.get(practice, {}).values()}
    run = {each.supplier_code for each in state.systems.get(practice, {}).values()}
    return row["code"] in given | run


def _succeeded(row: Row, state: RegisterState) -> bool:
    """Say whether a way of successions leads from the practice to that of the consent."""
    consent = state.consent(row["consent_id"])
    if consent is None:
        return False
    reached, before = {row["code"]}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {e.successor for e in state.successions.values() if e.predecessor in before}
    return row["code"] != consent.practice_code and consent.practice_code in reached
