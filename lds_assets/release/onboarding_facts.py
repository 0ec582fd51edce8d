"""What marts are told of practices on their way into a release: one row a practice and supplier."""

from collections.abc import Iterator, Sequence
from datetime import date

from lds_assets.gate.onboarding import PATH, Step
from lds_assets.guards.onboarding import Course, Onboardings
from lds_assets.platform import Platform

#: Measures of the first extract, as columns.
MEASURES = (
    "registered_share",
    "repeated_number_share",
    "mapped_share",
    "orphan_share",
    "newest_event_age_days",
    "seen_table_share",
)

PRACTICE_ONBOARDING = ", ".join(
    (
        "practice_code varchar, supplier_code varchar, onboarding_state varchar",
        "newest_step varchar, state_since_date date",
        *(f"{step.lower()}_date date" for step in PATH),
        "stall_reason varchar, reason_code varchar, next_action varchar, owner_role varchar",
        "owed_delivery_count bigint, is_released boolean",
        "reconciliation_verdict varchar, reconciliation_reason_code varchar",
        *(f"{measure} double" for measure in MEASURES),
    )
)


def onboarding_rows(platform: Platform, day: date) -> Iterator[Sequence[object]]:
    """Yield the practices that somebody asked, in the columns of ``PRACTICE_ONBOARDING``.

    Args:
        day: London day the release is read as of.
    """
    for course in Onboardings(platform, day).asked():
        yield _row(course)


def _row(course: Course) -> Sequence[object]:
    standing, measured = course.standing, course.measured
    reached = {each.step: each.on for each in standing.reached}
    values = {each.measure: each.value for each in measured.measures} if measured else {}
    verdict = str(measured.verdict) if measured else None
    return (
        course.practice_code,
        course.supplier_code,
        str(standing.state),
        str(standing.step),
        standing.since,
        *(reached.get(step) for step in PATH),
        standing.stall.reason if standing.state is Step.STALLED and standing.stall else None,
        course.reason or None,
        course.next_action or None,
        course.owner_role or None,
        standing.owed,
        standing.is_released,
        verdict,
        (measured.cause or None) if measured else None,
        *(values.get(measure) for measure in MEASURES),
    )
