"""Practices that a consent lets in after their data arrived: who they are, and on whose word."""

from collections.abc import Mapping

from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.events import Event
from lds_assets.gate.lifecycle import CONSENT
from lds_assets.landing.extracts import extracts
from lds_assets.platform import Platform


def joining(platform: Platform, code: str) -> dict[str, str]:
    """Return the practices that may land and of whom deliveries were denied before.

    Args:
        code: the supplier's folder.

    Returns:
        ODS code -> id of the event that granted the consent in force, in onboarding order.
    """
    known = extracts(platform.engine, code)
    waiting = [each for each in platform.admitted(code) if each in known and known[each].denied]
    granted = _grants(platform.register) if waiting else {}
    supplier = platform.suppliers[code].definition.supplier_code
    day, state = platform.settings.business_date(), platform.register.state()
    found = {}
    for practice in waiting:
        for consent in state.consents.get(practice, {}).values():
            is_own = consent.supplier_code == supplier and consent.state_on(day) == "EFFECTIVE"
            if is_own and consent.consent_id in granted:
                found[practice] = granted[consent.consent_id].event_id
    return found


def vouched(platform: Platform, code: str, consents: Mapping[str, str]) -> list[str]:
    """Return the practices of a run, each let in by the event that is named for it.

    Args:
        code: the supplier's folder.
        consents: ODS code -> id of the event that granted its consent.

    Raises:
        Refused: an event is missing, is none of the practice's consent to this supplier, or that
            consent is not in force today.
    """
    if code not in platform.suppliers or not consents:
        what = "no practice is named" if code in platform.suppliers else "no such supplier"
        raise _refused(what, code, "EVENT_MISSING")
    events = {each.event_id: each for each in platform.register.events()}
    supplier = platform.suppliers[code].definition.supplier_code
    state, day = platform.register.state(), platform.settings.business_date()
    for practice, event_id in consents.items():
        event = events.get(event_id)
        if event is None or (event.entity_type, event.to_state) != (CONSENT, "GRANTED"):
            raise _refused("the event grants no consent", practice, "EVENT_UNKNOWN")
        consent = state.consents.get(practice, {}).get(event.entity_id)
        if consent is None or consent.supplier_code != supplier:
            raise _refused("the event is of another consent", practice, "EVENT_UNKNOWN")
        if consent.state_on(day) != "EFFECTIVE":
            raise _refused("the consent is not in force today", practice, "C_NOT_YET")
    return list(consents)


def _grants(register: Register) -> dict[str, Event]:
    """Return the newest event that granted each consent."""
    return {
        event.entity_id: event
        for event in register.events()
        if (event.entity_type, event.event_type, event.to_state) == (CONSENT, "moved", "GRANTED")
    }


def _refused(what: str, where: str, code: str) -> Refused:
    return Refused(
        what,
        where=where,
        done="nothing was loaded",
        to_do="name the event that granted the practice's consent: the run's config is "
        "`consents: {PRACTICE: EVENT_ID}`; `lds onboard status PRACTICE` tells where it stands",
        code=code,
    )
