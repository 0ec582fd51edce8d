"""Why nothing is expected of a practice: it closed, it moved, or no consent is in force. Pure.

Rule source: governance specification S13, S15, S16.
"""

from datetime import date

from lds_assets.gate.moves import closed_on, endings
from lds_assets.gate.state import RegisterState

#: What is said of a practice that never consented.
NO_CONSENT = "no consent is in force"


def nothing_expected(state: RegisterState, practice_code: str, day: date) -> str:
    """Say why nothing is expected of a practice on a London day on which nothing is."""
    return (
        _ended(state, practice_code, day)
        or _moved(state, practice_code, day)
        or _last_consent(state, practice_code, day)
        or NO_CONSENT
    )


def _ended(state: RegisterState, code: str, day: date) -> str:
    closed = closed_on(state, code, day)
    if closed is None:
        return ""
    heirs = [each.successor for each in endings(state, code) if each.effective_on <= day]
    return f"coverage ended {closed}: " + (
        f"succeeded by {', '.join(heirs)}" if heirs else "the practice closed"
    )


def _moved(state: RegisterState, code: str, day: date) -> str:
    """Tell of a practice that consented, and runs another supplier's system now."""
    given = [each for each in state.consents.get(code, {}).values() if each.was_granted_by(day)]
    system = state.system_on(code, day)
    if (
        system is None
        or system.supplier_code in {each.supplier_code for each in given}
        or not given
    ):
        return ""
    to_supplier, since = system.supplier_code, system.go_live_on
    if not state.is_live(to_supplier, day):
        return f"coverage ended {since}: on {to_supplier} since then, which is not live"
    return f"on {to_supplier} since {since}; no consent to it is in force"


def _last_consent(state: RegisterState, code: str, day: date) -> str:
    given = sorted(state.consents.get(code, {}).values(), key=lambda each: each.first_seq)
    told = [(each.supplier_code, each.state_on(day)) for each in given if each.state_on(day)]
    if not told:
        return ""
    supplier, standing = told[-1]
    if standing == "EFFECTIVE":
        return f"no feed of {supplier} is known here"
    return f"{NO_CONSENT}: that to {supplier} is {standing}"
