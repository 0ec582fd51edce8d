"""From an approved purge to its certificate: count, erase, prove, certify.

Whatever is killed is begun again with the same call: layers that are done are not done twice.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lds_assets.errors import Held, Refused
from lds_assets.gate.purge import Layer, Purge, State
from lds_assets.gate.purge_desk import PurgeDesk
from lds_assets.gate.variation_desk import Signature
from lds_assets.operations.lock import sole_writer
from lds_assets.operations.progress import Listener
from lds_assets.platform import Platform
from lds_assets.purge import canaries, links
from lds_assets.purge.certificate import key_of, sha256_of, signed
from lds_assets.purge.inventory import LAWFUL, UNOPENED, Place, document, inventory, totals
from lds_assets.purge.layers import EMPTY, Work
from lds_assets.purge.proof import Proof, prove, sampled_links

RebuildMarts = Callable[[Platform, str], object]

#: Findings told in a message; the report has all of them.
_TOLD = 6


def with_dbt(platform: Platform, _run_id: str) -> object:
    """Build the marts of the release in force."""
    # dbt takes seconds to import
    from lds_assets.marts.assets import rebuild  # noqa: PLC0415

    return rebuild(platform)


@dataclass(frozen=True)
class Execution:
    """One deployment's purges at work.

    Attributes:
        rebuild_marts: builds the marts of the release in force.
        listener: told the layer and how far the whole is (0 to 1).
    """

    platform: Platform
    rebuild_marts: RebuildMarts = with_dbt
    listener: Listener = lambda _what, _share: None

    @property
    def desk(self) -> PurgeDesk:
        """Where events are recorded."""
        return PurgeDesk(self.platform.register, self.platform.settings.business_date())

    def take_inventory(self, purge: Purge, by: Signature) -> tuple[Purge, list[Place]]:
        """Count what is held of the practice, keep the list, record its hash."""
        work = self._work(purge)
        places = inventory(work)
        sha256 = _keep(self._folder(purge) / "inventory.json", document(work, places))
        return self.desk.inventoried(purge, totals(places), sha256, by), places

    def execute(self, purge: Purge, *, again: bool = False) -> Purge:
        """Empty every layer that is not done; all of them when ``again``.

        Raises:
            Refused: it is not approved, or no key is set to sign the certificate.
            Held: the release or the marts could not be made; what is done stays done.
        """
        _expect(purge, State.APPROVED, State.EXECUTING)
        salt = self._salt(purge)
        if purge.state is State.APPROVED:
            purge = self._begin(purge, salt)
        if again:
            purge = replace(purge, done={})
        left = purge.left
        for place, layer in enumerate(left):
            self.listener(layer, place / len(left))
            purge = self._empty(purge, layer, is_thorough=again)
        self.listener("done", 1.0)
        return purge

    def _begin(self, purge: Purge, salt: str) -> Purge:
        """Sample what is looked for afterwards, before anything is erased."""
        work = self._work(purge)
        with sole_writer(self.platform.settings):
            found = canaries.sample(
                self.platform.settings, work.landed_names, salt, work.records, work.goes
            )
            if Layer.LANDING in purge.layers:
                links.write(sampled_links(work, salt), self._folder(purge) / "links.json")
        canaries.write(found, self._folder(purge) / "canaries.json")
        return self.desk.begin(purge, len(found.hashes))

    def _empty(self, purge: Purge, layer: Layer, *, is_thorough: bool) -> Purge:
        work = replace(self._work(purge), is_thorough=is_thorough)
        if layer is Layer.MARTS:  # takes the lock itself
            counts = EMPTY[layer](work)
        else:
            with sole_writer(self.platform.settings):
                counts = EMPTY[layer](work)
        return self.desk.layer_done(purge, layer, counts)

    def prove(self, purge: Purge) -> tuple[Purge, Proof]:
        """Read everything again; record that nothing is left.

        Raises:
            Refused: the purge is not being executed, or its canaries are gone.
            Held: something is left; the report names each file.
        """
        _expect(purge, State.EXECUTING)
        work = self._work(purge)
        sought = self._canaries(purge)
        with sole_writer(self.platform.settings):
            proof = prove(work, sought, links.read(self._links(purge), self._salt(purge)))
            after = totals(inventory(work))
        path = self._folder(purge) / "proof.json"
        sha256 = _keep(path, proof.document(work, sought, after))
        if proof.found:
            raise Held(
                f"{len(proof.found)} places still tell of {purge.practice_code}",
                where="; ".join(
                    f"{each.path} {each.what} {each.count}" for each in proof.found[:_TOLD]
                ),
                done=f"nothing certified; all of them are in {path.name}",
                to_do="`lds withdraw execute --again`; if they stay, see what writes these files "
                "(docs/operate/withdraw.md)",
                code="PURGE_PROOF",
            )
        purge = self.desk.local_done(purge, len(proof.found), sha256)
        self._forget(purge)
        return purge, proof

    def certify(
        self, purge: Purge, backups: Sequence[Mapping[str, str]], by: Signature
    ) -> tuple[Purge, Path]:
        """Issue the certificate; subscribers are none, which it says.

        Raises:
            Refused: the proof is not made, or a rule says no.
        """
        _expect(purge, State.LOCAL_DONE, State.SUBSCRIBERS_NOTIFIED, State.CONFIRMED)
        key = key_of(self.platform.settings)
        self._forget(purge)
        if purge.state is State.LOCAL_DONE:
            purge = self.desk.notify(purge, [])
        if purge.state is State.SUBSCRIBERS_NOTIFIED:
            purge = self.desk.answered(purge, [])
        told = self._certificate(purge, backups, by)
        path = self._folder(purge) / "certificate.json"
        _keep(path, (json.dumps(signed(told, key), indent=1) + "\n").encode())
        return self.desk.certify(purge, sha256_of(told), backups, by), path

    def _certificate(
        self, purge: Purge, backups: Sequence[Mapping[str, str]], by: Signature
    ) -> dict[str, Any]:
        proof = json.loads((self._folder(purge) / "proof.json").read_text(encoding="utf-8"))
        before = json.loads((self._folder(purge) / "inventory.json").read_text(encoding="utf-8"))
        excepted = {
            reason: {
                "findings": len(found),
                "why": LAWFUL.get(reason, before_reason(before)),
                # what nobody could look into is named one by one
                **({"places": [each["path"] for each in found]} if reason in UNOPENED else {}),
            }
            for reason, found in proof["excepted"].items()
        }
        return {
            "purge_id": purge.purge_id,
            "practice_code": purge.practice_code,
            "trigger": purge.trigger,
            "mode": purge.mode,
            "cut_off": purge.cut_off,
            "instruction_ref": purge.instruction_ref,
            "notices": [dict(each) for each in purge.notices],
            "former_purges": self._former(purge),
            "reason": purge.reason,
            "opened_by": purge.opened_by,
            "approvers": [{"name": name, "role": role} for name, role in purge.approvers],
            "history": [
                {"state": state, "on": day.isoformat(), "recorded_at": recorded_at}
                for day, state, recorded_at in purge.history
            ],
            "due_on": purge.due_on,
            "rows_before": before["rows"],
            "rows_after": proof["rows_after"],
            "layers": {layer: dict(counts) for layer, counts in purge.done.items()},
            "proof": {
                "files_read": proof["files_read"],
                "bytes_read": proof["bytes_read"],
                "canaries_sought": proof["canaries_sought"],
                "linked_keys_sought": proof.get("linked_keys_sought"),
                "found": len(proof["found"]),
                "sha256": purge.proof_sha256,
            },
            "inventory_sha256": purge.inventory_sha256,
            "exceptions": excepted,
            "subscribers": list(purge.subscribers),
            "subscribers_note": "" if purge.subscribers else "No subscription received its data.",
            "backups": [dict(each) for each in backups],
            "issued_by": by.actor,
            "issued_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
            "register_version": self.platform.register.version(),
        }

    # -- inside

    def _former(self, purge: Purge) -> list[dict[str, str]]:
        """Name the purges before this one on the same withdrawal, with their certificates."""
        known = {each.purge_id: each.certificate_sha256 for each in self.desk.purges()}
        return [
            {**each, "certificate_sha256": known.get(str(each["purge_id"]), "")}
            for each in purge.former
        ]

    def _work(self, purge: Purge) -> Work:
        return Work(self.platform, purge, self.rebuild_marts)

    def _folder(self, purge: Purge) -> Path:
        return self.platform.settings.purges / purge.purge_id

    def _links(self, purge: Purge) -> Path:
        return self._folder(purge) / "links.json"

    def _forget(self, purge: Purge) -> None:
        """Delete what was kept of the practice's values for the proof alone."""
        (self._folder(purge) / "canaries.json").unlink(missing_ok=True)
        self._links(purge).unlink(missing_ok=True)

    def _salt(self, purge: Purge) -> str:
        return canaries.salt_of(key_of(self.platform.settings), purge.purge_id)

    def _canaries(self, purge: Purge) -> canaries.Canaries:
        path = self._folder(purge) / "canaries.json"
        known = canaries.read(path, self._salt(purge)) if path.is_file() else None
        if known is None or len(known.hashes) != purge.canary_count:
            raise Refused(
                "the canaries of this purge are gone or changed",
                where=path.name,
                done="nothing proven",
                to_do="restore the file from backup; without it no certificate can be issued",
                code="PURGE_CANARIES",
            )
        return known


def before_reason(inventory_told: Mapping[str, Any]) -> str:
    """Return why data stay that the instruction does not erase."""
    return str(inventory_told["kept_with_reason"].get(Layer.RAW, ""))


def _expect(purge: Purge, *states: State) -> None:
    if purge.state not in states:
        raise Refused(
            f"the purge stands at {purge.state}, not at {' or '.join(states)}",
            where=purge.purge_id,
            done="nothing done",
            to_do="`lds withdraw status` says what comes next",
            code="PURGE_STATE",
        )


def _keep(path: Path, data: bytes) -> str:
    """Write a document whole or not at all; return its hash."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.tmp")
    staged.write_bytes(data)
    staged.replace(path)
    return hashlib.sha256(data).hexdigest()
