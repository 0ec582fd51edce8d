"""`governance/why`: where every practice of London stands, each day and after each release."""

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from lds_assets.gate.assets import GROUP, OWNERS, REGISTER
from lds_assets.operations.markdown import bars, markdown, table
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from lds_assets.why.answers import Answer
from lds_assets.why.coverage import Coverage, coverage, whole
from lds_assets.why.sweep import Sweep, sweep
from lds_assets.why.verdict import Verdict

WHY = dg.AssetKey(["governance", "why"])
_NAMED = 40
#: Practices that somebody has to do something about; most of London was never here.
_TO_ACT_ON = (Verdict.PARTIAL, Verdict.HELD, Verdict.ABSENT)


@dg.asset(
    key=WHY,
    group_name=GROUP,
    owners=OWNERS,
    deps=[REGISTER, dg.AssetKey("release")],
    kinds={"sqlalchemy"},
    tags={"lds/stage": "gate"},
    description=(
        "Where every practice of London stands, in one word: `PRESENT`, `PARTIAL`, `HELD`, "
        "`ABSENT`, `NEVER`; with the first reason, the next action and its owner. `lds why` tells "
        "the whole chain of one practice. Each day's verdicts are kept.\n\nGrain: one row per "
        "practice and day."
    ),
)
def why_sweep(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Ask for every practice, keep the verdicts of the day, tell who moved."""
    platform = Platform.open(Settings())
    with told(context):
        found = sweep(platform)
        boards = coverage(found.answers, platform.register.state().board_names())
    return dg.MaterializeResult(metadata=_metadata(found, boards))


def _metadata(found: Sweep, boards: Sequence[Coverage]) -> dict[str, dg.MetadataValue]:
    total = whole(boards)
    verdicts = Counter(each.verdict for each in found.answers)
    return {
        "dagster/row_count": dg.MetadataValue.int(len(found.answers)),
        **{f"{each}".lower(): dg.MetadataValue.int(verdicts[each]) for each in Verdict},
        "registered patients shown, %": dg.MetadataValue.float(total.list_percent or 0.0),
        "to act on": markdown(_to_act_on(found.answers)),
        "coverage": markdown(_coverage([*boards, total])),
        "not shown, or not wholly": markdown(_missing(total)),
        f"moved since {found.before or 'the first sweep'}": markdown(_moves(found)),
        "verdicts": bars("Practices by verdict", {e: float(verdicts[e]) for e in Verdict}),
    }


def _to_act_on(answers: Sequence[Answer]) -> str:
    rows = [
        (e.practice_code, e.name, e.verdict, e.reason, e.owner_role, e.next_action)
        for verdict in _TO_ACT_ON
        for e in answers
        if e.verdict is verdict
    ]
    heads = ["practice", "name", "verdict", "first reason", "owner", "next action"]
    return table(heads, rows[:_NAMED])


def _coverage(boards: Sequence[Coverage]) -> str:
    heads = ["board", "name", "practices", "shown", "registered", "of them shown", "%"]
    return table(
        heads,
        [
            (
                *(e.board_code, e.board_name, e.practices, e.covered),
                *(e.list_size, e.covered_list_size, e.list_percent),
            )
            for e in boards
        ],
    )


def _missing(total: Coverage) -> str:
    return table(
        ["verdict", "first reason", "practices", "registered", "owner"],
        [(e.verdict, e.reason, e.practices, e.list_size, e.owner_role) for e in total.missing],
    )


def _moves(found: Sweep) -> str:
    rows = [(e.practice_code, e.before, e.after) for e in found.moves[:_NAMED]]
    return table(["practice", "before", "now"], rows)
