"""The rule that a sample made hostile is held or set aside, never read as if it were whole."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lds_assets.landing.find import FoundDelivery, FoundFile, find, printable
from lds_assets.landing.notice import notice
from lds_assets.landing.parts import table_of
from lds_assets.landing.states import Reason, State
from lds_assets.plugin.declared import SAMPLES
from lds_assets.plugin.rule import Bench, Finding, Rule
from lds_assets.plugin.sample import (
    imbalance_findings,
    place_sample,
    practices_of,
    sample_platform,
    walk_sample,
)
from lds_assets.suppliers.contract import SupplierDefinition, TableRules


@dataclass(frozen=True)
class Fault:
    """A fault of one file that landing must tell.

    Attributes:
        reason: what the delivery must be held or set aside for.
        make: the file's bytes with the fault, None where its form cannot have it.
    """

    name: str
    reason: Reason
    make: Callable[[bytes, TableRules, SupplierDefinition], bytes | None]


def _cut_short(data: bytes, _rules: TableRules, _own: SupplierDefinition) -> bytes:
    return data.rstrip()[:-1]


def _emptied(_data: bytes, _rules: TableRules, _own: SupplierDefinition) -> bytes:
    return b""


def _wrongly_encoded(data: bytes, _rules: TableRules, own: SupplierDefinition) -> bytes | None:
    undefined = b"\x81\x8d"
    try:
        undefined.decode(own.format.encoding)
    except UnicodeDecodeError:
        first, ending, rest = data.partition(b"\n")
        return first + undefined + ending + rest
    return None


def _without_key(data: bytes, rules: TableRules, own: SupplierDefinition) -> bytes:
    key = re.compile(rb"\b" + rules.key[0].encode() + rb"\b", re.IGNORECASE)
    if own.format.form == "json_lines":
        return key.sub(b"unheard_of", data)
    first, ending, rest = data.partition(b"\n")
    return key.sub(b"UnheardOf", first) + ending + rest


def _headless(data: bytes, _rules: TableRules, own: SupplierDefinition) -> bytes | None:
    return None if own.format.form == "json_lines" else data.partition(b"\n")[2]


FAULTS = (
    Fault("cut short", Reason.TRUNCATED, _cut_short),
    Fault("empty", Reason.HEADER_MISSING, _emptied),
    Fault("of another encoding", Reason.ENCODING, _wrongly_encoded),
    Fault("without its key column", Reason.HEADER_DRIFT, _without_key),
    Fault("without its header", Reason.HEADER_MISSING, _headless),
)

#: Names no supplier sends; each must be left unopened.
HOSTILE_NAMES = ("..\\..\\platform.db", "bell\x07.csv", "-rf", "%2e%2e%2fplatform.db")


def _held(bench: Bench) -> Iterator[Finding]:
    for place, fault in enumerate(FAULTS):
        yield from _one(bench, fault, bench.work / f"fault{place}")
    yield from _names(bench, bench.work / "names")
    yield from _bad_row(bench, bench.work / "row")


def _one(bench: Bench, fault: Fault, home: Path) -> Iterator[Finding]:
    """Check that a file with a fault holds its delivery, for the fault's own reason."""
    landing = place_sample(bench.supplier, home)
    found = _target(bench, landing)
    if found is None:
        yield _no_target(bench)
        return
    delivery, file, rules = found
    path = landing / file.path
    changed = fault.make(path.read_bytes(), rules, bench.supplier.definition)
    if changed is None:
        return
    path.write_bytes(changed)
    platform = sample_platform(bench.supplier, home)
    notice(bench.supplier, platform.settings, platform.ledger)
    rows = platform.ledger.deliveries(bench.supplier.code)
    here = [each for each in rows if each.folder == delivery.folder]
    # where other tables do not need it, it waits alone
    alone = [each for each in here if table_of(each.delivery_id) == file.table]
    row = next(iter([*alone, *here]), None)
    is_held = row is not None and row.state in (State.HELD, State.QUARANTINED)
    if row is None or not is_held or row.reason != fault.reason:
        told = "nothing" if row is None else f"{row.state} {row.reason}".strip()
        yield Finding(
            f"{file.table} {fault.name} was told as {told}, not {fault.reason}",
            bench.place(SAMPLES),
            "declare format, keys and required_columns so that landing can tell",
        )


def _names(bench: Bench, home: Path) -> Iterator[Finding]:
    """Check that links and odd names are left unopened."""
    landing = place_sample(bench.supplier, home)
    found = _target(bench, landing)
    if found is None:
        return
    folder = landing / found[0].folder
    for name in HOSTILE_NAMES:
        (folder / name).write_bytes(b"")
    outside = home / "outside"
    outside.write_bytes((landing / found[1].path).read_bytes())
    (landing / found[1].path).unlink()
    (landing / found[1].path).symlink_to(outside)
    taken = [f for each in find(bench.supplier, landing).deliveries for f in each.files]
    if found[1].path in {file.path for file in taken}:
        yield Finding("a link was taken for a file", bench.place(SAMPLES), "see landing/find.py")
    if {file.name for file in taken} & {*HOSTILE_NAMES, *map(printable, HOSTILE_NAMES)}:
        told = "the expression of delivery.file takes names that no file of the feed has"
        yield Finding("a hostile name was taken for a file", bench.place(SAMPLES), told)


def _bad_row(bench: Bench, home: Path) -> Iterator[Finding]:
    """Check that one broken record is set aside, and everything else goes on and adds up."""
    landing = place_sample(bench.supplier, home)
    found = _target(bench, landing)
    if found is None:
        return
    path = landing / found[1].path
    first, ending, rest = path.read_bytes().partition(b"\n")
    is_json = bench.supplier.definition.format.form == "json_lines"
    broken = b'{"broken": ' if is_json else b"broken"
    ending = b"\r\n" if first.endswith(b"\r") else ending
    path.write_bytes(first.rstrip(b"\r") + ending + broken + ending + rest)
    walk = walk_sample(bench.supplier, home, practices_of(bench))
    where = bench.place(SAMPLES)
    if walk.report.reasons.get("BAD_RECORD") != 1 or walk.report.held:
        told = f"a broken record of {found[1].table} was not set aside"
        yield Finding(told, where, "declare the form of the files")
    yield from imbalance_findings(walk, where)


def _target(bench: Bench, landing: Path) -> tuple[FoundDelivery, FoundFile, TableRules] | None:
    """Return the largest plain file with records of practices, in the oldest delivery with one."""
    declared = {rules.name: rules for rules in bench.supplier.definition.tables}
    for delivery in find(bench.supplier, landing).deliveries:
        files = [
            file
            for file in delivery.files
            if file.table in declared
            and not file.is_encrypted
            and not declared[file.table].publisher.shared
        ]
        if files:
            file = max(files, key=lambda each: (each.size_bytes, each.name))
            return delivery, file, declared[file.table]
    return None


def _no_target(bench: Bench) -> Finding:
    told = "add a delivery with a table that belongs to a practice"
    return Finding("the sample has no file to make hostile", bench.place(SAMPLES), told)


RULES = (
    Rule("hostile_sample", "A faulty delivery is held, a faulty row set aside by number", _held),
)
