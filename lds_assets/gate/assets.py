"""`governance/register` and `governance/gate_report`: who may pass, and why the others may not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dagster as dg

from lds_assets.errors import Refused, Retry
from lds_assets.gate import Decision
from lds_assets.gate.evidence import EvidenceStore, Found, verify_evidence
from lds_assets.gate.runs_out import runs_out
from lds_assets.guards.holds import OWNER, TO_DO
from lds_assets.guards.onboarding import Onboardings
from lds_assets.guards.population import withheld
from lds_assets.landing.states import State
from lds_assets.operations.markdown import bars, markdown, table
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.resources import Settings

GROUP = "governance"
OWNERS = ["team:information-governance"]
_NAMED = 25
IN_FORCE = "reviewed_files_in_force"
EVIDENCE = "signed_forms_whole"

REGISTER = dg.AssetKey(["governance", "register"])
GATE_REPORT = dg.AssetKey(["governance", "gate_report"])


@dg.asset(
    key=REGISTER,
    group_name=GROUP,
    owners=OWNERS,
    kinds={"sqlalchemy"},
    tags={"lds/stage": "gate"},
    check_specs=[
        dg.AssetCheckSpec(
            IN_FORCE,
            asset=REGISTER,
            description="Every reviewed file is in force as it lies there. A file with a bad row "
            "is refused whole; what the register held of it before stays in force.",
        ),
        dg.AssetCheckSpec(
            EVIDENCE,
            asset=REGISTER,
            description="The signed form of every open consent has the hash it was signed off "
            "with. One that changed or is gone closes its gate (`C_EVIDENCE`).",
        ),
    ],
    description=(
        "The governance register: practices, consents, agreements, supplier scope, as an "
        "append-only chain of events. Reviewed files of `seeds/` and of `$LDS_HOME/governance` "
        "that changed are taken in, each whole or not at all; then every link is verified.\n\n"
        "Grain: one row per event."
    ),
)
def register(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Bring the register up to its reviewed files and verify its chain."""
    platform = Platform.open(Settings())
    with told(context):
        refused = platform.prepare()
        forms = _evidence(platform)
        platform.register.verify()
    events = platform.register.events()
    kinds = Counter((event.entity_type, event.event_type) for event in events)
    rows = [(entity, event, count) for (entity, event), count in sorted(kinds.items())]
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(platform.register.version()),
        metadata={
            "dagster/row_count": dg.MetadataValue.int(len(events)),
            "register_version": dg.MetadataValue.text(platform.register.version()),
            "practices": dg.MetadataValue.int(len(platform.register.state().practices)),
            "events": markdown(table(["entity", "event", "events"], rows)),
            "runs_out": markdown(table(["what runs out", "owner", "to do"], _runs_out(platform))),
        },
    )
    yield _in_force(refused)
    yield forms


def _runs_out(platform: Platform) -> list[tuple[str, str, str]]:
    found = runs_out(platform.register.state(), platform.settings.business_date())
    return [(each.what, each.owner_role, each.to_do) for each in found]


def _evidence(platform: Platform) -> dg.AssetCheckResult:
    """Hash the signed forms again; a folder out of reach is told and judges nothing."""
    store, today = EvidenceStore.of(platform.settings), platform.settings.business_date()
    try:
        found = verify_evidence(platform.register, store, today)
    except Retry as fault:
        return dg.AssetCheckResult(
            check_name=EVIDENCE,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"unreachable": dg.MetadataValue.text(str(fault))},
        )
    return dg.AssetCheckResult(
        check_name=EVIDENCE,
        passed=not (found[Found.CHANGED] or found[Found.MISSING]),
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={str(what).lower(): dg.MetadataValue.int(count) for what, count in found.items()},
    )


def _in_force(refused: Sequence[Refused]) -> dg.AssetCheckResult:
    rows = [(fault.what, fault.where, fault.done, fault.to_do) for fault in refused]
    heads = ["what", "where", "done", "to do"]
    return dg.AssetCheckResult(
        check_name=IN_FORCE,
        passed=not refused,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "refused": dg.MetadataValue.int(len(refused)),
            "files": markdown(table(heads, rows)),
        },
    )


@dg.asset(
    key=GATE_REPORT,
    group_name=GROUP,
    owners=OWNERS,
    deps=[REGISTER],
    kinds={"sqlalchemy"},
    tags={"lds/stage": "gate"},
    description=(
        "Practices the gate lets in today and practices it refuses, with every reason, its owner "
        "and the next action; and deliveries of suppliers out of scope, refused unopened.\n\n"
        "Grain: one row per supplier and practice asked about."
    ),
)
def gate_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Ask the gate for every practice of every supplier and report the answers."""
    platform = Platform.open(Settings())
    with told(context):
        platform.register.verify()
        platform.refuse_strangers()
        answers = list(_answers(platform))
        return dg.MaterializeResult(metadata=_metadata(platform, answers))


@dataclass(frozen=True)
class _Answer:
    supplier: str
    admitted: Sequence[str]
    refused: Sequence[Decision]


def _answers(platform: Platform) -> Iterator[_Answer]:
    today = platform.settings.business_date()
    for code, supplier in platform.suppliers.items():
        refused = platform.register.refusals(supplier.definition.supplier_code, today)
        yield _Answer(code, platform.admitted(code), refused)


def _metadata(platform: Platform, answers: Sequence[_Answer]) -> dict[str, dg.MetadataValue]:
    admitted = {answer.supplier: float(len(answer.admitted)) for answer in answers}
    reasons = Counter(
        (answer.supplier, decision.primary_reason)
        for answer in answers
        for decision in answer.refused
    )
    return {
        "as_of": dg.MetadataValue.text(platform.settings.business_date().isoformat()),
        "register_version": dg.MetadataValue.text(platform.register.version()[:16]),
        "admitted": dg.MetadataValue.int(int(sum(admitted.values()))),
        "refused": dg.MetadataValue.int(sum(reasons.values())),
        "admitted practices": markdown(_admitted_table(platform, answers)),
        "refused by reason": markdown(_reason_table(platform, reasons)),
        "refused practices with a delivery": markdown(_refused_table(platform, answers)),
        "held for two persons": markdown(_held_table(platform)),
        "left out of the release": markdown(_withheld_table(platform)),
        "on their way in": markdown(_onboarding_table(platform)),
        "refused deliveries": markdown(_refused_deliveries(platform)),
        "reasons plot": bars(
            "Practices refused, by first reason",
            {f"{supplier} {reason}": float(rows) for (supplier, reason), rows in reasons.items()},
        ),
    }


def _name(platform: Platform, practice: str) -> str:
    known = platform.register.state().practices.get(practice)
    return known.name if known else ""


def _admitted_table(platform: Platform, answers: Sequence[_Answer]) -> str:
    rows = [
        (answer.supplier, practice, _name(platform, practice))
        for answer in answers
        for practice in answer.admitted[:_NAMED]
    ]
    return table(["supplier", "practice", "name"], rows)


def _reason_table(platform: Platform, reasons: Counter[tuple[str, str]]) -> str:
    book = platform.register.reasons.reasons
    rows = [
        (supplier, code, book[code].meaning, count, book[code].owner_role, book[code].next_action)
        for (supplier, code), count in reasons.most_common()
    ]
    return table(["supplier", "reason", "meaning", "practices", "owner", "next action"], rows)


def _refused_table(platform: Platform, answers: Sequence[_Answer]) -> str:
    rows = []
    for answer in answers:
        met = {practice for _, practice in platform.ledger.supplier_outcomes(answer.supplier)}
        rows += [
            (answer.supplier, each.question.practice_code, ", ".join(each.reasons))
            for each in answer.refused
            if each.question.practice_code in met
        ]
    named = [(supplier, code, _name(platform, code), why) for supplier, code, why in rows]
    return table(["supplier", "practice", "name", "reasons"], named[:_NAMED])


def _held_table(platform: Platform) -> str:
    rows = [
        (each.practice_code, each.delivery_id, each.reason, each.text, OWNER, TO_DO)
        for each in platform.register.state().delivery_holds.values()
        if each.stands
    ]
    heads = ["practice", "delivery", "reason", "what is found", "owner", "next action"]
    return table(heads, rows[:_NAMED])


def _withheld_table(platform: Platform) -> str:
    book = platform.register.reasons.reasons
    rows = [
        (code, each.reason, each.text, book[each.reason].owner_role, book[each.reason].next_action)
        for code, each in sorted(withheld(platform).items())
    ]
    heads = ["practice", "reason", "what is found", "owner", "next action"]
    return table(heads, rows[:_NAMED])


def _onboarding_table(platform: Platform) -> str:
    rows = [
        (
            each.practice_code,
            each.name,
            each.standing.state,
            each.standing.since or "",
            each.next_action,
            each.owner_role,
        )
        for each in Onboardings(platform).asked()
        if each.is_under_way
    ]
    heads = ["practice", "name", "state", "since", "next action", "owner"]
    return table(heads, rows[:_NAMED])


def _refused_deliveries(platform: Platform) -> str:
    rows = [
        (each.supplier, each.delivery_id, each.reason, each.detail)
        for each in platform.ledger.deliveries(states=[State.REFUSED])
    ]
    return table(["supplier", "delivery", "reason", "meaning"], rows[-_NAMED:])
