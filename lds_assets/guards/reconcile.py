"""Reconciliation: a practice's first extract is measured before anybody sees it (S14).

Done before each release, for practices that are loaded and not reconciled. The platform records
the event where every measure passes; where one holds, the register refuses it under that measure's
reason. Population is the gate's own question (``guards.population``) and is not asked twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date

import duckdb

from lds_assets.errors import Refused
from lds_assets.gate.events import NewEvent, day_start, london_day
from lds_assets.gate.onboarding import ONBOARDING, Onboarding, Step, entity_id
from lds_assets.gate.policy import reconciliation
from lds_assets.guards import population
from lds_assets.guards.measured import Measure, Reconciliation, keep, latest
from lds_assets.guards.measures import Counted, count_records
from lds_assets.guards.thresholds import Threshold, Verdict, thresholds
from lds_assets.landing.extracts import Extracts, extracts
from lds_assets.landing.header import Headers
from lds_assets.platform import Platform
from lds_assets.terminology.library import editions

POPULATION_MEASURE = "registered_share"


@dataclass(frozen=True)
class _Case:
    """One practice that waits, with what its supplier sent of it."""

    practice: str
    supplier: str
    extracts: Extracts


def reconcile(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    unfinished: frozenset[int],
    run_id: str,
) -> list[Reconciliation]:
    """Measure the practices that wait, keep what is found and record who passes.

    ``population.count`` has run before. Measuring again adds a row per measure and run, and a
    refusal only where another cause holds than before.

    Args:
        connection: an open session.
        unfinished: load sequences whose rows do not count.
        run_id: kept beside the measures.
    """
    cases = list(_waiting(platform))
    if not cases:
        return []
    codes = {case.practice for case in cases}
    own = {(case.supplier, case.practice) for case in cases}
    others = {
        (practice, platform.suppliers[code].definition.dataset)
        for code, practice in population.loaded_sources(platform) - own
        if practice in codes
    }
    counted = count_records(platform, connection, codes, unfinished, others)
    before = latest(platform.engine)
    found = [_reconciliation(platform, case, counted[case.practice]) for case in cases]
    keep(platform.engine, found, run_id)
    _record(platform, found, before)
    return found


def is_due(platform: Platform, practices: Collection[str]) -> bool:
    """Say whether measuring again may let a practice through that waits for nothing else.

    Args:
        practices: those left out of the release for ``D_NOT_RECONCILED`` alone.
    """
    known = {each.practice_code: each for each in latest(platform.engine).values()}
    onboardings = platform.register.state().onboardings
    for practice in practices:
        last = known.get(practice)
        if last is None:
            return True
        told = onboardings.get((practice, last.supplier_code))
        accepted = told.accepted if told else {}
        held = [each.measure for each in last.measures if each.verdict is Verdict.HOLD]
        # a population that held no longer does, or the gate would say so
        if all(each == POPULATION_MEASURE or each in accepted for each in held):
            return True
    return False


def _waiting(platform: Platform) -> Iterable[_Case]:
    """Yield the admitted practices of whom a full extract is loaded and not reconciled."""
    state, day = platform.register.state(), platform.settings.business_date()
    for code, supplier in platform.suppliers.items():
        known, named = extracts(platform.engine, code), supplier.definition.supplier_code
        for practice in platform.admitted(code):
            sent = known.get(practice)
            if sent is None or sent.bulk_at is None:
                continue
            if reconciliation(practice, named, day, state) is None:
                yield _Case(practice, code, sent)


# -- the measures


def _reconciliation(platform: Platform, case: _Case, counted: Counted) -> Reconciliation:
    bounds = thresholds(platform.settings.seeds)
    supplier = platform.suppliers[case.supplier].definition.supplier_code
    told = platform.register.state().onboardings.get((case.practice, supplier))
    measures = _measures(platform, case, counted, bounds)
    return Reconciliation(
        case.practice,
        supplier,
        case.extracts.bulk_id,
        platform.settings.business_date(),
        tuple(_accepted(each, told) for each in measures),
    )


def _accepted(measure: Measure, told: Onboarding | None) -> Measure:
    """Return a measure as two persons accepted it, where they did."""
    word = told.accepted.get(measure.measure) if told else None
    if word is None or measure.verdict is not Verdict.HOLD:
        return measure
    text = f"{measure.detail}; accepted by {word.by}: {word.reason}"
    return replace(measure, verdict=Verdict.AMBER, detail=text)


def _measures(
    platform: Platform, case: _Case, counted: Counted, bounds: Mapping[str, Threshold]
) -> Iterable[Measure]:
    """Yield every measure, in the order of the seed."""
    known = population.known(platform.engine).get(case.practice)
    registered = known.registered_count if known else 0
    repeated = known.repeated_count if known else 0
    yield _registered(platform, case, known, bounds[POPULATION_MEASURE])
    yield _measure(
        bounds["repeated_number_share"],
        _share(repeated, registered),
        f"{repeated:,} of {registered:,} registered patients have another's NHS number",
    )
    yield _mapped(platform, counted, bounds["mapped_share"])
    yield _measure(
        bounds["orphan_share"],
        _share(counted.orphans, counted.records),
        f"{counted.orphans:,} of {counted.records:,} records name a patient who is not there",
    )
    yield _newest(case.extracts, counted.newest, bounds["newest_event_age_days"])
    yield _tables(platform, case, bounds["seen_table_share"])
    yield _measure(bounds["pds_agreement_share"], None, "no trace service is connected")


def _registered(
    platform: Platform, case: _Case, known: population.Population | None, bound: Threshold
) -> Measure:
    """Return the registered share; whether it holds is the gate's answer, accepted counts too."""
    number = known.registered_count if known else 0
    decision = platform.decide(
        case.supplier, case.practice, stage="PUBLISH", registered_count=number
    )
    held = [each for each in decision.reasons if each in ("D_POPULATION", "D_BASELINE_MISSING")]
    size = platform.register.state().list_size_on(case.practice, platform.settings.business_date())
    value = _share(number, size.registered_count) if size else None
    text = population.told(platform, case.practice, known)
    measure = _measure(bound, value, text)
    if held:
        return replace(measure, verdict=Verdict.HOLD, reason_code=held[0])
    if measure.verdict in (Verdict.HOLD, Verdict.NOT_MEASURED):
        text = f"{text}; the count was accepted by two persons"
        return replace(measure, verdict=Verdict.AMBER, detail=text)
    return measure


def _mapped(platform: Platform, counted: Counted, bound: Threshold) -> Measure:
    """Return the share of mapped codes; without a terminology it tells nothing of a practice."""
    text = f"{counted.mapped:,} of {counted.coded:,} coded records"
    if not editions(platform.settings):
        return _measure(bound, None, f"no terminology is loaded; by what suppliers send, {text}")
    if not counted.coded:
        return _measure(bound, None, "no coded records")
    return _measure(bound, _share(counted.mapped, counted.coded), text)


def _newest(sent: Extracts, newest: date | None, bound: Threshold) -> Measure:
    if sent.newest_at is None:
        return _measure(bound, None, "no extract")
    extract = london_day(sent.newest_at.replace(tzinfo=UTC))
    if newest is None:
        text = f"no clinical record by the extract of {extract}"
        return replace(_measure(bound, None, text), verdict=Verdict.HOLD)
    text = f"newest record of {newest}, newest extract of {extract}"
    return _measure(bound, float(max((extract - newest).days, 0)), text)


def _tables(platform: Platform, case: _Case, bound: Threshold) -> Measure:
    """Return the share of the tables that came with the bulk, by the version of the feed."""
    supplier = platform.suppliers[case.supplier]
    files = platform.ledger.files(case.extracts.bulk_id)
    headers = {each.table_name: each.header for each in files if each.table_name}
    loaded = {table.name for table in supplier.definition.tables}
    wanted = Headers(supplier, headers).expected_tables() & loaded
    missing = sorted(wanted - headers.keys())
    text = f"{len(wanted) - len(missing)} of {len(wanted)} tables"
    if missing:
        text += f"; not sent: {', '.join(missing)}"
    return _measure(bound, _share(len(wanted) - len(missing), len(wanted)), text)


def _measure(bound: Threshold, value: float | None, detail: str) -> Measure:
    verdict = bound.verdict(value)
    return Measure(bound.measure, value, bound.text, verdict, bound.reason_code, detail)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


# -- the event


def _record(
    platform: Platform,
    found: Sequence[Reconciliation],
    before: Mapping[tuple[str, str], Reconciliation],
) -> None:
    """Record who passes in one go; let the register refuse the others, each cause once."""
    passing = [_event(each) for each in found if each.verdict is not Verdict.HOLD]
    if passing:
        platform.register.record(passing)
    for each in found:
        last = before.get((each.practice_code, each.supplier_code))
        if each.verdict is not Verdict.HOLD or (last and last.cause == each.cause):
            continue
        try:
            platform.register.record([_event(each)])
        except Refused as refusal:
            if refusal.code != each.cause:
                raise


def _event(found: Reconciliation) -> NewEvent:
    return NewEvent(
        entity_type=ONBOARDING,
        entity_id=entity_id(found.practice_code, found.supplier_code),
        event_type="reconciled",
        from_state=Step.BULK_RECEIVED,
        to_state=Step.RECONCILED,
        effective_at=day_start(found.measured_on),
        actor="reconciliation",
        actor_role="SYSTEM",
        reason_code=found.cause or str(found.verdict),
        reason_text=found.text,
        evidence_ref=found.delivery_id,
        payload={
            "verdict": str(found.verdict),
            "measures": {each.measure: each.value for each in found.measures},
        },
    )
