"""Rules of ``supplier_capability.csv``: a claim is a fact stated on a date, and stays it (S4)."""

from collections.abc import Iterator
from dataclasses import replace

from lds_assets.gate.facts import Capability
from lds_assets.gate.faults import Fault, Line, where
from lds_assets.gate.state import RegisterState


def capability_faults(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """Check claims: none is altered under its id, and a contradicted one is there.

    Two claims that contradict each other are both kept. The older one may name the newer when it
    comes, and notes may change; every other change is a claim of its own.
    """
    yield from where(
        "V-2 a claim is not altered: state another one, with its own id and date",
        lines,
        lambda row: _is_altered(row, state),
    )
    here = {line.row["claim_id"]: line.row["supplier_code"] for line in lines}
    known = {name: each.supplier_code for name, each in state.capabilities.items()} | here
    yield from where(
        "V-3 the contradicted claim is not one of this supplier",
        lines,
        lambda row: (
            row["contradicts_claim_id"] != ""
            and known.get(row["contradicts_claim_id"]) != row["supplier_code"]
        ),
    )


def _is_altered(row: dict[str, str], state: RegisterState) -> bool:
    known = state.capabilities.get(row["claim_id"])
    if known is None:
        return False
    told = Capability.from_row(row)
    if not known.contradicts_claim_id:
        known = replace(known, contradicts_claim_id=told.contradicts_claim_id)
    return told != known
