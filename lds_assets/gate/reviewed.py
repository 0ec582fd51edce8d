"""The reviewed files of a deployment, and which of them are not in force.

A file with one bad row is refused whole and what the register held of it before stays in force; the
road goes on and tells it. Rule source: governance specification, common rules.
"""

from collections.abc import Iterator
from pathlib import Path

from lds_assets.errors import Refused
from lds_assets.gate.files import Source, refused_faults
from lds_assets.gate.formats import file_forms
from lds_assets.gate.register import Register
from lds_assets.gate.variation_files import FOLDER, import_variations

#: Folders of the seeds that hold governance files.
_SEEDED = ("organisation", "governance")


def bring_up(register: Register, seeds: Path, governance: Path) -> tuple[Refused, ...]:
    """Bring the register up to the reviewed files; return those that were refused.

    Args:
        seeds: folder of the shipped seeds.
        governance: folder of this deployment's own files; it may be missing.
    """
    refused: list[Refused] = [*register.bootstrap(seeds).refused]
    refused += register.take_folder(governance).refused
    try:
        import_variations(register, seeds / "governance" / FOLDER)
    except Refused as fault:
        refused.append(fault)
    return tuple(refused)


def not_in_force(register: Register, seeds: Path, governance: Path) -> list[Refused]:
    """Return the files that lie there as they were refused, by the register's record alone."""
    last = {
        event.entity_id: event
        for event in register.events()
        if event.entity_type == "governance_file"
    }
    found: list[Refused] = []
    for source in _sources(seeds, governance):
        event = last.get(source.label)
        if event is None or event.event_type != "refused" or not source.path.is_file():
            continue
        if event.evidence_sha256 == source.sha256():
            found.append(refused_faults(source, event.payload["faults"]))
    return found


def _sources(seeds: Path, governance: Path) -> Iterator[Source]:
    folders = [(seeds / name, f"seeds/{name}") for name in _SEEDED] + [(governance, "governance")]
    for folder, label in folders:
        for name, form in file_forms().items():
            yield Source(folder / name, f"{label}/{name}", form)
