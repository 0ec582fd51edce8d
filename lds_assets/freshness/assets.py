"""`governance/freshness`: whose data came in time, every night and after every release."""

from collections import Counter
from collections.abc import Iterator, Sequence

import dagster as dg

from lds_assets.freshness.answer import Freshness, Region, region, verdicts, words, worst
from lds_assets.freshness.verdict import NOT_WAITED_FOR, Verdict
from lds_assets.operations.markdown import bars, markdown, table
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.resources import Settings

FRESHNESS = dg.AssetKey(["governance", "freshness"])
FRESHNESS_JOB = "freshness_job"
REGIONAL = "region_is_on_time"
_NAMED = 25
#: After the nightly loads and the release that follows them.
_NIGHTLY = "30 7 * * *"


@dg.asset(
    key=FRESHNESS,
    group_name="governance",
    owners=["team:data-operations"],
    deps=[dg.AssetKey(["governance", "register"])],
    kinds={"sqlalchemy"},
    tags={"lds/stage": "gate"},
    check_specs=[
        dg.AssetCheckSpec(
            REGIONAL,
            asset=FRESHNESS,
            description="At most a tenth of the practices waited for are not on time.",
        )
    ],
    description=(
        "Whether each practice's data came when it was expected, by table group. Expected is "
        "every practice whose consent is in force, whatever arrived; extracts without rows and "
        "rows without newer events are told apart from good ones.\n\n"
        "Grain: one row per practice and table group."
    ),
)
def freshness(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Judge every practice of the register and report who is not on time."""
    with told(context):
        platform = Platform.open(Settings())
        rows = verdicts(platform)
    whole = region(rows)
    yield dg.MaterializeResult(metadata=_metadata(platform, rows, whole))
    yield dg.AssetCheckResult(
        passed=not whole.is_alarm,
        check_name=REGIONAL,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "waited for": dg.MetadataValue.int(whole.waited_for),
            "on time": dg.MetadataValue.int(whole.on_time),
            "share not on time": dg.MetadataValue.float(round(whole.share_not_on_time, 4)),
        },
    )


def freshness_automation() -> dg.Definitions:
    """Make the job that asks for freshness, and the schedule that does so after the night."""
    job = dg.define_asset_job(
        FRESHNESS_JOB,
        selection=dg.AssetSelection.assets(FRESHNESS),
        description="Ask whose data came in time, after the nightly loads.",
    )
    nightly = dg.ScheduleDefinition(
        name="freshness_nightly",
        job_name=FRESHNESS_JOB,
        cron_schedule=_NIGHTLY,
        execution_timezone="Europe/London",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    return dg.Definitions(assets=[freshness], jobs=[job], schedules=[nightly])


def _metadata(
    platform: Platform, rows: Sequence[Freshness], whole: Region
) -> dict[str, dg.MetadataValue]:
    waited = [row for row in rows if row.verdict not in NOT_WAITED_FOR]
    counts = Counter(str(row.verdict) for row in waited)
    return {
        "as_of": dg.MetadataValue.text(platform.settings.business_date().isoformat()),
        "practices waited for": dg.MetadataValue.int(whole.waited_for),
        "practices on time": dg.MetadataValue.int(whole.on_time),
        "dagster/row_count": dg.MetadataValue.int(len(rows)),
        "practices by verdict": markdown(_by_verdict(whole)),
        "not on time": markdown(_not_on_time(platform, rows)),
        "by table group": markdown(_by_group(waited)),
        "by board": markdown(_by_board(platform, rows)),
        "verdicts plot": bars(
            "Table groups waited for, by verdict",
            {verdict: float(count) for verdict, count in sorted(counts.items())},
        ),
    }


def _by_verdict(whole: Region) -> str:
    rows = [
        (verdict, word["meaning"], whole.counts.get(verdict, 0), word["owner_role"])
        for verdict, word in words().items()
    ]
    return table(["verdict", "meaning", "practices", "owner"], rows)


def _not_on_time(platform: Platform, rows: Sequence[Freshness]) -> str:
    practices = platform.register.state().practices
    quiet = {Verdict.ON_TIME, *NOT_WAITED_FOR}
    loud = [row for row in worst(rows).values() if row.verdict not in quiet]
    return table(
        ["practice", "name", "tables", "verdict", "what", "owner", "next action"],
        [
            (
                row.practice_code,
                practices[row.practice_code].name,
                row.table_group,
                row.verdict,
                row.text,
                row.owner_role,
                row.next_action,
            )
            for row in loud[:_NAMED]
        ],
    )


def _by_group(waited: Sequence[Freshness]) -> str:
    counts = Counter((row.supplier, row.table_group, str(row.verdict)) for row in waited)
    rows = [(*key, count) for key, count in sorted(counts.items())]
    return table(["supplier", "tables", "verdict", "practices"], rows)


def _by_board(platform: Platform, rows: Sequence[Freshness]) -> str:
    state, day = platform.register.state(), platform.settings.business_date()
    boards: dict[str, list[Freshness]] = {}
    for row in rows:
        boards.setdefault(state.board_on(row.practice_code, day) or "none", []).append(row)
    told_of = [(board, region(own)) for board, own in sorted(boards.items())]
    return table(
        ["board", "practices waited for", "on time", "alarm"],
        [
            (board, each.waited_for, each.on_time, "yes" if each.is_alarm else "")
            for board, each in told_of
            if each.waited_for
        ],
    )
