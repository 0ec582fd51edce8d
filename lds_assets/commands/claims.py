"""``lds supplier claims``: what suppliers' mechanisms can do, who says so, and on what evidence."""

from datetime import date
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.gate.facts import Capability
from lds_assets.platform import Platform
from lds_assets.resources import Settings


def claims(
    supplier: Annotated[str, typer.Argument(help="Supplier code; all without it.")] = "",
    on: On = None,
    known_at: KnownAt = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show claims of capability with evidence, readiness and end; contradicting ones side by side.

    Only a bulk claim that is ready for production and has not expired opens a gate.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        held = platform.register.state(when.known_at).capabilities.values()
        found = [
            _plain(each, when.on) for each in held if supplier.upper() in ("", each.supplier_code)
        ]
    found.sort(key=lambda each: (each["supplier"], each["mechanism"], each["claim_id"]))
    if as_json:
        answer({"on": when.on, "claims": found})
        return
    heads = list(found[0]) if found else ["claim_id"]
    show(f"Claims on {when.on}", heads, [[str(cell) for cell in each.values()] for each in found])


def _plain(claim: Capability, day: date) -> dict[str, Any]:
    is_proof = (claim.claim, claim.readiness) == ("BULK", "PRODUCTION_READY")
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
        "opens_a_gate": is_proof and claim.evidence_date <= day < claim.expires_on,
    }
