"""What is to be renewed before it closes a gate, or is overdue and closes none: S3 and S4.

The gate only warns of these; here is who hears of them. Rule source: governance specification S4 (a
claim's evidence lasts 180 days; of a supplier in scope since inception its end warns), S3 (reviews
are told of 90, 30 and 0 days before).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lds_assets.gate.agreement_view import view
from lds_assets.gate.facts import Capability
from lds_assets.gate.state import RegisterState

#: Days before a claim's end from which it is told.
CLAIM_NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class RunsOut:
    """One thing to renew; it closes nothing on the day it is told."""

    what: str
    owner_role: str
    to_do: str


def runs_out(state: RegisterState, day: date) -> list[RunsOut]:
    """Return what is to be renewed on a London day: capabilities first, then agreements."""
    found = [*_capabilities(state, day), *_agreements(state, day)]
    return list(dict.fromkeys(found))


def opens_a_gate(claim: Capability, state: RegisterState, day: date) -> bool:
    """Say whether a claim lets its supplier pass on a day, whatever else the gate asks."""
    lasts = day < claim.expires_on or state.is_since_inception(claim.supplier_code, day)
    return claim.is_proof_on(day) and lasts


def _capabilities(state: RegisterState, day: date) -> Iterator[RunsOut]:
    for code, supplier in sorted(state.suppliers.items()):
        proven = state.proven_claims(code, supplier.mechanism_id, day)
        ends = [claim.expires_on for claim in proven]
        if not ends or not state.is_live(code, day) or max(ends) > day + CLAIM_NOTICE:
            continue
        end, is_warning = max(ends), state.is_since_inception(code, day)
        if end <= day and not is_warning:
            continue  # V_CAPABILITY_EXPIRED says so
        said = "expired" if end <= day else "expires"
        then = "this warns and closes no gate" if is_warning else "the gate closes that day"
        yield RunsOut(
            f"the evidence of {code}'s bulk capability {said} on {end}: {then}",
            "TECH_LEAD",
            "add the newer evidence to supplier_capability.csv (`lds supplier claims`)",
        )


def _agreements(state: RegisterState, day: date) -> Iterator[RunsOut]:
    for _, agreement in sorted(state.agreements.items()):
        seen = view(agreement, state, day)
        if seen.state != "IN_FORCE":
            continue
        for warning in seen.warnings:
            yield RunsOut(warning, "IG_OFFICER", "`lds agreement list`; docs/operate/agreements.md")
