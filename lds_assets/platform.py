"""The platform as one object: settings, register, ledger, suppliers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from sqlalchemy import Engine

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Decision, Register
from lds_assets.gate.reviewed import bring_up, not_in_force
from lds_assets.gate.system_moves import apply_system_moves
from lds_assets.guards.supplier_side import Feed, observe
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.notice import NoticeReport, Progress, notice
from lds_assets.landing.states import utc_now
from lds_assets.landing.strangers import refuse_strangers
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier, suppliers


@dataclass(frozen=True)
class Platform:
    """What every stage of the road works with."""

    settings: Settings
    engine: Engine
    register: Register
    ledger: Ledger
    suppliers: Mapping[str, Supplier]

    @classmethod
    def open(cls, settings: Settings) -> "Platform":
        """Open the platform of a deployment; makes its folders and tables when missing."""
        for folder in (settings.landing, settings.lake, settings.marts, settings.work):
            folder.mkdir(parents=True, exist_ok=True)
        engine = connect(settings.database_url)
        return cls(
            settings, engine, Register(engine), Ledger(engine), suppliers(settings.suppliers)
        )

    def prepare(self) -> tuple[Refused, ...]:
        """Bring the register up to the reviewed files, and to what follows from it today.

        Returns:
            The files that were refused; what the register held of them stays in force.

        Raises:
            Refused: the register is not trustworthy, which stops whatever is about to ask the gate.
        """
        self.register.verify()
        refused = bring_up(self.register, self.settings.seeds, self.settings.governance)
        apply_system_moves(self.register, self.settings.business_date())
        return refused

    def files_not_in_force(self) -> list[Refused]:
        """Return the reviewed files that lie there as they were refused."""
        return not_in_force(self.register, self.settings.seeds, self.settings.governance)

    def decide(
        self,
        code: str,
        practice: str,
        *,
        agreement_id: str = "",
        stage: str = "LAND",
        registered_count: int | None = None,
    ) -> Decision:
        """Ask the gate whether a practice's data of a supplier may pass today.

        Args:
            code: the supplier's folder.
            practice: ODS code.
            agreement_id: sharing agreement a delivery came under; empty when it names none.
            stage: ``LAND`` or ``PUBLISH``.
            registered_count: patients registered, for ``PUBLISH``.
        """
        definition = self.suppliers[code].definition
        return self.register.decide(
            practice=practice,
            supplier=definition.supplier_code,
            mechanism=definition.mechanism,
            extract_id=definition.extract,
            as_of=self.settings.business_date(),
            stage=stage,
            agreement_id=agreement_id,
            registered_count=registered_count,
        )

    def admitted(self, code: str) -> list[str]:
        """Return the practices of a supplier whose gate is open today, in onboarding order."""
        definition = self.suppliers[code].definition
        named = self.register.admitted(definition.supplier_code, self.settings.business_date())
        return [practice for practice in named if self.decide(code, practice).is_allowed]

    def admitted_publishers(self) -> set[str]:
        """Return every practice that any supplier may land today."""
        return {practice for code in self.suppliers for practice in self.admitted(code)}

    def landing(self, code: str) -> Path:
        """Return the folder where a supplier's deliveries arrive."""
        return self.settings.landing / code

    def notice(
        self, code: str, *, run_id: str = "", progress: Progress | None = None
    ) -> NoticeReport:
        """Look at a supplier's landing folder and enter what arrived in the ledger.

        What the supplier shows of its practices there is entered in the register.
        """
        supplier = self.suppliers[code]
        report = notice(
            supplier,
            self.settings,
            self.ledger,
            self.refusal,
            now=self._noon(),
            progress=progress,
            run_id=run_id,
        )
        observe(Feed(self.settings, self.engine, self.register, self.ledger, supplier))
        return report

    def refuse_strangers(self, *, run_id: str = "") -> NoticeReport:
        """Enter deliveries of suppliers without a feed in the ledger, refused and unopened."""
        return refuse_strangers(
            self.settings.landing,
            set(self.suppliers),
            self.ledger,
            self.refusal,
            run_id=run_id,
        )

    def refusal(self, supplier: str) -> tuple[str, str]:
        """Return why no file of a supplier may be opened: code and meaning, blank when it may."""
        decision = self.register.decide_supplier(supplier.upper(), self.settings.business_date())
        if decision.is_allowed:
            return "", ""
        reason = self.register.reasons.reasons[decision.primary_reason]
        return reason.code, reason.meaning

    def _noon(self) -> datetime:
        """Return the time of a look: the clock, or noon of the day the settings fix."""
        if self.settings.today is None:
            return utc_now()
        return datetime.combine(self.settings.today, time(12))
