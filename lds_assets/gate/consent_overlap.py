"""Two open consents of one key hold on no common day, but for a hand-over to a later DSA (S2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lds_assets.gate.facts import ENDED, Consent, Row, day_of
from lds_assets.gate.faults import Fault, Line
from lds_assets.gate.state import RegisterState

_NEVER_OPEN = ("REFUSED", "LAPSED")


@dataclass(frozen=True)
class _Span:
    """What a consent claims: its key, its days, and the sharing agreement it is given under."""

    key: tuple[str, str, str, str]
    begins: date
    ends: date
    dsa: tuple[str, str]


def later_version(agreement: tuple[str, str], other: tuple[str, str], state: RegisterState) -> bool:
    """Say whether an agreement is a later version of another: by number, else by first day."""
    if agreement[0] != other[0] or agreement == other:
        return False
    if agreement[1].isdecimal() and other[1].isdecimal():
        return int(agreement[1]) > int(other[1])
    days = [
        state.agreements[each].valid_from for each in (agreement, other) if each in state.agreements
    ]
    return len(days) == 2 and (days[0] or date.min) > (days[1] or date.min)


def overlap_faults(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """Compare every consent of a file with those before it, and changed ones with the register."""
    open_lines = [line for line in lines if line.row["state"] not in _NEVER_OPEN]
    groups: dict[tuple[str, str, str, str], list[tuple[Line, _Span]]] = {}
    for line in open_lines:
        span = _of_row(line.row)
        groups.setdefault(span.key, []).append((line, span))
    here = {line.row["consent_id"] for line in lines}
    for key, group in groups.items():
        known = [_of_consent(each) for each in _open(state, key) if each.consent_id not in here]
        for position, (line, span) in enumerate(group):
            for other, other_span in group[:position]:
                if _clash(span, other_span, state):
                    yield Fault("C-10 overlaps another consent", (other.number, line.number))
            if line.is_changed and any(_clash(span, each, state) for each in known):
                yield Fault("C-10 overlaps a consent of the register", (line.number,))


def _open(state: RegisterState, key: tuple[str, str, str, str]) -> list[Consent]:
    """Return the consents of a key that were ever more than a request that came to nothing."""
    return [
        each
        for each in state.consents.get(key[0], {}).values()
        if each.key() == key and each.moves and each.moves[-1].state not in _NEVER_OPEN
    ]


def _of_row(row: Row) -> _Span:
    begins = day_of(row["effective_from"]) or day_of(row["requested_on"]) or date.min
    ended = day_of(row["state_from"]) if row["state"] in ENDED else None
    days = [day for day in (day_of(row["effective_to"]), ended) if day is not None]
    key = (row["practice_code"], row["extract_id"], row["supplier_code"], row["mechanism_id"])
    return _Span(key, begins, min(days, default=date.max), (row["dsa_id"], row["dsa_version"]))


def _of_consent(consent: Consent) -> _Span:
    asked = consent.moves[0].on
    begins = consent.effective_from or asked
    ends = consent.ends_on() or date.max
    return _Span(consent.key(), begins, ends, (consent.dsa_id, consent.dsa_version))


def _clash(one: _Span, other: _Span, state: RegisterState) -> bool:
    """Say whether both claim a day; the one under a later version takes over on its first day."""
    if not (one.begins < other.ends and other.begins < one.ends):
        return False
    first, then = sorted((one, other), key=lambda each: each.begins)
    return first.begins == then.begins or not later_version(then.dsa, first.dsa, state)
