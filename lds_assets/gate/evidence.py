"""Signed forms: kept where they can be hashed again, and looked at for a swap (S2, fixture 7).

A reference with a colon (``DMS:2041``) names a document kept elsewhere; only its hash is known. Any
other is a file: beside the governance file that names it, or in the deployment's folder of evidence
when an officer handed it in.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

from lds_assets.errors import Refused, Retry
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.facts import Consent
from lds_assets.gate.lifecycle import CONSENT
from lds_assets.gate.register import Register
from lds_assets.resources import Settings

#: Where a form comes from that an officer handed in with a command.
DESK = "desk"

_NAME = re.compile(r"[^A-Za-z0-9-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Found(StrEnum):
    """What a look at one signed form gives."""

    WHOLE = "WHOLE"
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    #: Kept in another system: only its hash is on record.
    ELSEWHERE = "ELSEWHERE"


@dataclass(frozen=True)
class Kept:
    """A form as the register names it."""

    reference: str
    sha256: str


@dataclass(frozen=True)
class EvidenceStore:
    """The folders in which signed forms lie, by where their references lead from."""

    folders: Mapping[str, Path]

    @classmethod
    def of(cls, settings: Settings) -> "EvidenceStore":
        """Return the store of a deployment."""
        return cls(
            {
                DESK: settings.evidence,
                "governance": settings.governance,
                "seeds/governance": settings.seeds / "governance",
            }
        )

    def keep(self, given: str, name: str, sha256: str = "") -> Kept:
        """Take a form in: a file is copied and hashed, a document kept elsewhere is only named.

        Args:
            given: path of the signed form, or a reference with a colon.
            name: what the copy is called after.
            sha256: hash of a document kept elsewhere.

        Raises:
            Refused: the file is not there, or a document elsewhere has no hash.
        """
        if ":" in given:
            if not _SHA256.fullmatch(sha256):
                raise _refused("a document kept elsewhere needs its SHA-256", "C-12")
            return Kept(given, sha256)
        path = Path(given)
        if not path.is_file():
            raise _refused("the file of evidence is not there", "C-11")
        digest = _hash(path)
        if sha256 not in ("", digest):
            raise _refused("the file of evidence has another hash", "C-12")
        folder = self.folders[DESK]
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / f"{_NAME.sub('-', name)}-{digest[:12]}{path.suffix.lower()}"
        if not (kept.is_file() and _hash(kept) == digest):
            shutil.copyfile(path, kept)
        return Kept(kept.name, digest)

    def look(self, consent: Consent) -> Found:
        """Hash a consent's signed form again.

        Raises:
            Retry: the whole folder cannot be reached, so nothing can be said of its files.
        """
        if not consent.evidence_ref or ":" in consent.evidence_ref:
            return Found.ELSEWHERE
        place = consent.evidence_from.rpartition("/")[0] or consent.evidence_from
        folder = self.folders.get(place)
        if folder is None:
            return Found.ELSEWHERE
        if not folder.is_dir():
            raise Retry(
                "the folder of signed forms cannot be reached",
                place,
                "no form was judged; the gate answers as before",
                "mount it and run `lds consent verify-evidence`",
                "EVIDENCE_UNREACHABLE",
            )
        path = (folder / consent.evidence_ref).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            return Found.MISSING
        return Found.WHOLE if _hash(path) == consent.evidence_sha256 else Found.CHANGED


_SAID = {
    Found.CHANGED: "the file of evidence has another hash than the one signed off",
    Found.MISSING: "the file of evidence is no longer there",
}


def verify_evidence(register: Register, store: EvidenceStore, today: date) -> dict[Found, int]:
    """Hash the signed form of every open consent; a spoilt one closes the gate (``C_EVIDENCE``).

    A form found spoilt before is not recorded again, and one found whole again opens nothing: an
    officer confirms it.

    Returns:
        How many forms were found how.

    Raises:
        Retry: a folder of forms cannot be reached.
    """
    counted = dict.fromkeys(Found, 0)
    spoilt: list[NewEvent] = []
    for consent in _open(register, today):
        found = store.look(consent)
        counted[found] += 1
        if found in _SAID and consent.is_proven_on(today):
            spoilt.append(_failed(consent, _SAID[found], today))
    if spoilt:
        register.record(spoilt)
    return counted


def confirm_evidence(
    register: Register, consent: Consent, kept: Kept, actor: str, reason: str, today: date
) -> None:
    """Record that the very form signed off is there again; the gate opens from today.

    Raises:
        Refused: it is another form, or the actor may not say so (which is recorded).
    """
    event = _failed(consent, reason, today)
    register.record(
        [
            replace(
                event,
                event_type="evidence_confirmed",
                actor=actor,
                actor_role="IG_OFFICER",
                reason_code="EVIDENCE_CONFIRMED",
                evidence_ref=kept.reference,
                evidence_sha256=kept.sha256,
                payload={
                    "source": DESK,
                    "evidence_from": DESK,
                    "row": {**consent.row, "evidence_ref": kept.reference},
                },
            )
        ]
    )


def _open(register: Register, today: date) -> Iterable[Consent]:
    for consents in register.state().consents.values():
        for consent in consents.values():
            if consent.state_on(today) in ("GRANTED", "EFFECTIVE", "SUSPENDED"):
                yield consent


def _failed(consent: Consent, text: str, today: date) -> NewEvent:
    return NewEvent(
        entity_type=CONSENT,
        entity_id=consent.consent_id,
        event_type="evidence_failed",
        effective_at=day_start(today),
        actor="platform",
        actor_role="SYSTEM",
        reason_code="C_EVIDENCE",
        reason_text=text,
        evidence_ref=consent.evidence_ref,
        evidence_sha256=consent.evidence_sha256,
    )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refused(what: str, code: str) -> Refused:
    return Refused(f"{code} {what}", "--evidence", "nothing recorded", "name the signed form", code)
