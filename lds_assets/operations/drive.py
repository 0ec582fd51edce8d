"""The whole road in one process: landing, gate, load, release, marts.

Every step is a Dagster run on the deployment's own instance, so the UI shows each materialisation
whether the command line or the daemon made it.
"""

import gc
from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg

from lds_assets.errors import Refused
from lds_assets.guards.population import withheld
from lds_assets.landing.states import Delivery, State
from lds_assets.marts.shown import are_marts_current, marts_release
from lds_assets.operations.automation import (
    LANDING_JOB,
    MARTS_JOB,
    PUBLISH_JOB,
    ingest_job_name,
    needs_release,
)
from lds_assets.operations.instance import (
    open_instance,
    process_tags,
    range_tags,
    reap,
    set_pools,
    sync_partitions,
)
from lds_assets.operations.progress import Listener, listening
from lds_assets.operations.redaction import hearing_faults
from lds_assets.platform import Platform
from lds_assets.release.record import current
from lds_assets.resources import Settings

#: Dagster's console log is for services; people at the command line get a bar and a summary.
_QUIET: Mapping[str, object] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

_WAITING = [State.HELD, State.QUARANTINED, State.INCOMPLETE, State.REFUSED]


@dataclass
class RoadReport:
    """What one run of the whole road did.

    Attributes:
        loaded: deliveries loaded in this run; ``joined``: practices loaded for the first time.
        waiting: deliveries that wait for a person or a file, or were refused.
        refused: practice met in a delivery -> first reason for which it may not land today.
        not_in_force: reviewed files that were refused; what was in force before still is.
        withheld: practice left out of the release for its population -> what is found.
        faults: job -> why it failed; ``unexpected`` when a fault is none of the road's own.
        release_id: the release in force now; ``is_new`` when this run made it.
        marts_release_id: the release the published marts show.
    """

    loaded: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    waiting: list[Delivery] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    not_in_force: list[Refused] = field(default_factory=list)
    withheld: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    unexpected: bool = False
    release_id: str = ""
    is_new: bool = False
    marts_release_id: str = ""
    marts_rebuilt: bool = False

    @property
    def changed(self) -> bool:
        """Say whether this run loaded, released or built anything."""
        return bool(self.loaded or self.joined or self.is_new or self.marts_rebuilt)

    @property
    def held(self) -> list[Delivery]:
        """Deliveries that wait for a person; refused ones are settled."""
        return [each for each in self.waiting if each.state in (State.HELD, State.QUARANTINED)]


def drive(settings: Settings, listener: Listener) -> RoadReport:
    """Take everything in landing as far as it may go.

    Args:
        settings: of this deployment.
        listener: told what is being done and how far the whole is (0 to 1).
    """
    with open_instance(settings) as instance:
        set_pools(instance)
        reap(instance, services_are_down=False)
        return _Drive(settings, instance, listener).go()


class _Drive:
    def __init__(
        self, settings: Settings, instance: dg.DagsterInstance, listener: Listener
    ) -> None:
        # drawing the graph takes a second or two: only a drive needs it
        from lds_assets.definitions import defs  # noqa: PLC0415

        self._instance = instance
        self._listener = listener
        self._jobs = defs().get_repository_def()
        # half a million objects of the graph live as long as this process: nothing to be collected
        gc.freeze()
        self._platform = Platform.open(settings)
        self._report = RoadReport()
        self._done = 0.0

    def go(self) -> RoadReport:
        """Run the steps in the order of the road."""
        codes = list(self._platform.suppliers)
        share = 0.6 / max(len(codes), 1)
        before = self._practices_loaded()
        self._report.not_in_force = list(self._platform.prepare())
        self._step(LANDING_JOB, "looking at landing", 0.1, {})
        # what a supplier shows of a practice is entered while its deliveries are looked at
        self._platform.register.refresh()
        for code in codes:
            sync_partitions(self._instance, code, self._platform.admitted(code))
            self._load(code, share)
        self._release()
        self._summarise(before)
        return self._report

    def _load(self, code: str, share: float) -> None:
        admitted = self._platform.admitted(code)
        if admitted:
            self._step(ingest_job_name(code), f"loading {code}", share, range_tags(admitted))

    def _release(self) -> None:
        settings = self._platform.settings
        self._platform.register.refresh()
        before = current(settings)
        released = before.release_id if before else ""
        were_current = are_marts_current(settings, released)
        if needs_release(self._platform) or not were_current:
            self._step(PUBLISH_JOB, "release and marts", 0.3, {})
        after = current(settings)
        if after and after != before and PUBLISH_JOB in self._report.faults:
            # practices were taken out and the new rows are held: readers must not see the former
            self._step(MARTS_JOB, "marts without the practices taken out", 0.0, {})
        self._report.release_id = after.release_id if after else ""
        self._report.is_new = self._report.release_id != released
        self._report.marts_release_id = marts_release(settings)
        are_current = are_marts_current(settings, self._report.release_id)
        self._report.marts_rebuilt = are_current and (self._report.is_new or not were_current)

    def _step(self, job: str, what: str, share: float, tags: Mapping[str, str]) -> None:
        start = self._done
        self._listener(what, start)
        with (
            hearing_faults() as heard,
            listening(lambda told, part: self._listener(f"{what}: {told}", start + part * share)),
        ):
            result = self._jobs.get_job(job).execute_in_process(
                instance=self._instance,
                tags={**process_tags(), **tags},
                run_config=dict(_QUIET),
                raise_on_error=False,
            )
        self._done = start + share
        if not result.success:
            self._fault(job, result, heard)

    def _fault(self, job: str, result: dg.ExecuteInProcessResult, heard: list[str]) -> None:
        told = [
            event.step_failure_data.user_failure_data
            for event in result.filter_events(lambda event: event.is_step_failure)
        ]
        known = [each.description for each in told if each is not None and each.description]
        unknown = "\n".join([*heard, f"see run {result.run_id} in the UI"])
        self._report.faults[job] = "\n".join(known) or unknown
        self._report.unexpected = self._report.unexpected or not known

    def _practices_loaded(self) -> set[tuple[str, str]]:
        return {
            pair
            for code in self._platform.suppliers
            for pair, record in self._platform.ledger.supplier_outcomes(code).items()
            if record.outcome == "LOADED"
        }

    def _summarise(self, before: set[tuple[str, str]]) -> None:
        ledger = self._platform.ledger
        new = sorted(self._practices_loaded() - before)
        known = {practice for _, practice in before}
        self._report.loaded = sorted({delivery for delivery, _ in new})
        self._report.joined = sorted({practice for _, practice in new} - known)
        self._report.waiting = ledger.deliveries(states=_WAITING)
        self._report.refused = refused_today(self._platform)
        self._report.withheld = {
            practice: f"{each.reason}: {each.text}"
            for practice, each in sorted(withheld(self._platform).items())
        }


def refused_today(platform: Platform) -> dict[str, str]:
    """Return every practice a delivery ever named that may not land today, with the first reason.

    Also who is loaded: a gate that shut since takes a practice out of the release. Who moved is
    not refused for the supplier it left.
    """
    admitted = platform.admitted_publishers()
    refused: dict[str, str] = {}
    for code in platform.suppliers:
        for (_, practice), record in platform.ledger.supplier_outcomes(code).items():
            if record.outcome == "MAPPED" or practice in refused:
                continue
            if practice not in admitted:
                refused[practice] = platform.decide(code, practice).primary_reason
            elif (record.outcome, record.primary_reason) == ("DENIED", "S_GUID_MISMATCH"):
                refused[practice] = record.primary_reason  # the gate is open, the id another's
    return refused
