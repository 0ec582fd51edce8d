"""``lds supplier claims``: what suppliers' mechanisms can do, who says so, and on what evidence."""

from datetime import date
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.errors import Refused
from lds_assets.gate.facts import Capability
from lds_assets.gate.runs_out import opens_a_gate
from lds_assets.gate.state import RegisterState
from lds_assets.platform import Platform
from lds_assets.resources import Settings


def claims(
    supplier: Annotated[str, typer.Argument(help="Supplier code; all without it.")] = "",
    on: On = None,
    known_at: KnownAt = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show claims of capability with evidence, readiness and end; contradicting ones side by side.

    Only a bulk claim that is ready for production opens a gate, until it expires; of a supplier in
    scope since inception its end only warns. Exit code 4: no such supplier.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        state, wanted = platform.register.state(when.known_at), supplier.strip().upper()
        if wanted and wanted not in state.suppliers:
            raise _unknown(wanted, sorted(state.suppliers))
        found = [
            _plain(each, state, when.on)
            for each in state.capabilities.values()
            if wanted in ("", each.supplier_code)
        ]
    found.sort(key=lambda each: (each["supplier"], each["mechanism"], each["claim_id"]))
    if as_json:
        answer({"on": when.on, "claims": found})
        return
    heads = list(found[0]) if found else ["claim_id"]
    show(f"Claims on {when.on}", heads, [[str(cell) for cell in each.values()] for each in found])


def _unknown(supplier: str, known: list[str]) -> Refused:
    return Refused(
        f"the register knows no supplier {supplier}",
        where="supplier.csv",
        done="nothing answered",
        to_do=f"one of {', '.join(known)}" if known else "`lds run` reads the governance files",
        code="SUPPLIER_UNKNOWN",
    )


def _plain(claim: Capability, state: RegisterState, day: date) -> dict[str, Any]:
    return {
        "claim_id": claim.claim_id,
        "supplier": claim.supplier_code,
        "mechanism": claim.mechanism_id,
        "claim": claim.claim,
        "readiness": claim.readiness,
        "stated_by": claim.stated_by,
        "evidence": f"{claim.evidence_ref}, {claim.evidence_date}",
        "expires_on": claim.expires_on,
        "contradicts": claim.contradicts_claim_id,
        "has_expired": claim.expires_on <= day,
        "opens_a_gate": opens_a_gate(claim, state, day),
    }
