"""Settings, read once from the environment.

``LDS_HOME`` holds everything a deployment writes; every other path follows from it.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from lds_assets.errors import Refused

LONDON = ZoneInfo("Europe/London")
REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Where this deployment keeps its data and how much of the machine it may use.

    Every field is an environment variable with the prefix ``LDS_``; an empty one is as none.

    Raises:
        Refused: a variable holds no value of its kind.
    """

    model_config = SettingsConfigDict(env_prefix="LDS_", extra="ignore", env_ignore_empty=True)

    home: Path = Path("var")
    #: SQLAlchemy URL of the platform database; empty means SQLite under ``home``.
    database: str = ""
    #: The day the platform takes as today (Europe/London); empty means the clock.
    today: date | None = None
    threads: int = 2
    memory_limit: str = "3GB"
    #: Whether patients stay who are deleted, or left out of a further full extract, only because
    #: they ended before a supplier's look-back window: ``keep`` or ``delete``.
    look_back_deletions: Literal["keep", "delete"] = "keep"
    #: GnuPG key ring for encrypted deliveries; empty means encrypted files are held.
    gnupg_home: Path | None = None
    #: Folder of suppliers beside those of the platform; being there permits nothing.
    suppliers: Path | None = None
    #: Release tables whose columns are provisional (``flag``) beside the documented ones.
    provisional_tables: bool = False
    #: Withhold rows whose patient another practice answered for (shared-in records).
    controller_test: bool = True

    #: File with the key that signs certificates of erasure; without it nothing is erased.
    certificate_key: Path | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _name_faults(cls, given: Any, read: ModelWrapValidatorHandler[Self]) -> Self:  # noqa: ANN401
        try:
            return read(given)
        except ValidationError as error:
            told = [
                f"LDS_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}"
                for each in error.errors(include_input=False)
            ]
        raise Refused(
            f"a setting is not of its kind: {'; '.join(told)}",
            where="environment",
            done="nothing",
            to_do="correct the variable or leave it out; docs/cli.md lists them",
            code="SETTING",
        )

    @property
    def gate_rules(self) -> dict[str, bool]:
        """Rules of the gate over single rows that a deployment may switch: name -> on or off."""
        return {"controller_test": self.controller_test}

    @property
    def landing(self) -> Path:
        """Deliveries as the suppliers left them, one folder a supplier."""
        return self.home.absolute() / "landing"

    @property
    def lake(self) -> Path:
        """Delta tables: raw, canonical, quarantine, release."""
        return self.home.absolute() / "lake"

    @property
    def marts(self) -> Path:
        """The published marts: one DuckDB file and a Parquet file a mart."""
        return self.home.absolute() / "marts"

    @property
    def work(self) -> Path:
        """Scratch space, never read by another run, but for dbt's parse of an unchanged project."""
        return self.home.absolute() / "work"

    @property
    def governance(self) -> Path:
        """Reviewed governance files of this deployment, imported beside the seeds."""
        return self.home.absolute() / "governance"

    @property
    def evidence(self) -> Path:
        """Signed forms that officers handed in with a command."""
        return self.home.absolute() / "evidence"

    @property
    def purges(self) -> Path:
        """What purges leave behind: inventory, proof and certificate, kept for good."""
        return self.home.absolute() / "purges"

    @property
    def seeds(self) -> Path:
        """Reviewed reference files shipped with the platform."""
        return REPOSITORY / "seeds"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the platform database (register, ledger)."""
        return self.database or f"sqlite:///{self.home.absolute() / 'platform.db'}"

    def business_date(self) -> date:
        """Return today in London, or the day the settings fix."""
        return self.today or datetime.now(LONDON).date()
