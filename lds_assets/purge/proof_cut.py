"""The proof of a purge from a day on: what stays in landing and raw is all from before the day.

Asks the files themselves, by queries of its own: neither the ledger nor the erasing is believed.
Rule source: governance specification S17; ADR 21.
"""

import codecs
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from lds_assets.errors import RoadError
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.landing.content import open_plain
from lds_assets.landing.find import FoundDelivery, FoundFile, find
from lds_assets.purge.cut import Cut
from lds_assets.purge.layers import RAW, Work
from lds_assets.purge.links import Links
from lds_assets.purge.names import Names
from lds_assets.purge.scan_file import Finding
from lds_assets.purge.scan_rules import TableRule, feed_rules
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.registry import Supplier

#: Rows of the practice that tell a day of those that go.
AFTER = "after_cut"
#: Rows of the practice that are owned through another table.
LINKED = "linked"

_Row = Mapping[str, str]


def after_cut(work: Work, names: Names, links: Links, findings: Iterable[Finding]) -> list[Finding]:
    """Return where rows of the practice lie that should have gone; none without a day.

    Args:
        links: keys of rows of the practice alone that rows of other tables point at.
        findings: of the scan; those that say that a file of landing is the practice's.
    """
    cut = work.cut
    if cut is None:
        return []
    seeing = _Seeing(work, cut, names, links)
    return [*_in_landing(seeing, findings), *_in_raw(work, cut)]


@dataclass(frozen=True)
class _Seeing:
    work: Work
    cut: Cut
    names: Names
    links: Links

    def is_own(self, rule: TableRule | None, row: _Row) -> bool:
        """Say whether a record is the practice's, by its publisher or through another table."""
        publishers = rule.publishers & row.keys() if rule else frozenset[str]()
        cells = [row[each] for each in publishers] if publishers else list(row.values())
        if any(map(self.names.is_own, cells)):
            return True
        link = rule.link if rule else None
        if link is None:
            return False
        return self.links.hash_of(row.get(link.column, "")) in self.links.of(link.name)


def _in_landing(seeing: _Seeing, findings: Iterable[Finding]) -> Iterator[Finding]:
    work = seeing.work
    told = {each.path: each for each in findings if each.path.startswith("landing/")}
    own = {path for path, each in told.items() if each.what in ("publisher", "name", LINKED)}
    for supplier in work.platform.suppliers.values():
        root = work.platform.settings.landing / supplier.code
        for delivery in find(supplier, root).deliveries:
            for file in delivery.files:
                path = f"landing/{supplier.code}/{file.path}"
                if path not in own:
                    continue
                own.discard(path)
                count = _late(seeing, supplier, delivery, file)
                if count:
                    yield Finding(path, AFTER, "rows", count)
    for path in sorted(own):
        # folders are told by the files in them; a file of no delivery has no day
        if (work.platform.settings.home / path).is_file():
            yield Finding(path, AFTER, "file", 1)


def _late(seeing: _Seeing, supplier: Supplier, delivery: FoundDelivery, file: FoundFile) -> int:
    """Count the practice's rows of a file that are of the day or later; all when it was sent so."""
    cut, feed = seeing.cut, feed_rules(supplier)
    dated = {each.lower() for each in supplier.definition.dated_by}
    rule = next((each for each in feed.tables if each.table == file.table.lower()), None)
    count = 0
    for row in _rows(seeing.work, supplier, file):
        if not seeing.is_own(rule, row):
            continue
        days = (_day(supplier, row[name]) for name in dated & row.keys())
        late = any(day is not None and day >= cut.day for day in days)
        count += late or delivery.extracted_at >= cut.instant
    return count


def _rows(work: Work, supplier: Supplier, file: FoundFile) -> Iterator[_Row]:
    """Yield the rows of a file: column in lower case -> text."""
    place = work.platform.settings.landing / supplier.code / file.path
    rules, keyring = supplier.definition.format, work.platform.settings.gnupg_home
    try:
        with open_plain(place, file.is_encrypted, keyring) as chunks:
            lines = _lines(codecs.iterdecode(chunks, rules.encoding, "replace"))
            if rules.form == "json_lines":
                found: Iterable[Mapping[str, object]] = map(json.loads, lines)
            else:
                found = csv.DictReader(lines, delimiter=rules.delimiter, quotechar=rules.quote)
            for row in found:
                yield {
                    str(name).lstrip("\ufeff").lower(): str(cell or "")
                    for name, cell in row.items()
                }
    except (OSError, RoadError):
        return  # the scan says that it cannot be read


def _lines(texts: Iterable[str]) -> Iterator[str]:
    rest = ""
    for text in texts:
        *lines, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest


def _day(supplier: Supplier, text: str) -> date | None:
    rules = supplier.definition.format
    for form in (*rules.dates, *rules.timestamps):
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _in_raw(work: Work, cut: Cut) -> Iterator[Finding]:
    """Ask every Parquet file of the practice below the raw tables, whatever a table's log says."""
    settings = work.platform.settings
    folders = sorted(settings.lake.glob(f"{RAW}*/*/{PARTITION}={work.purge.practice_code}"))
    with session(settings) as connection:
        for folder in folders:
            supplier = work.platform.suppliers.get(folder.parts[-3].removeprefix(RAW))
            dated = supplier.definition.dated_by if supplier else ()
            told = folder.relative_to(settings.home.absolute()).as_posix()
            try:
                count = _count(connection, folder, cut, {snake_case(each) for each in dated})
            except duckdb.Error:
                yield Finding(told, "unreadable", "", 1)
                continue
            if count:
                yield Finding(told, AFTER, "rows", count)


def _count(connection: duckdb.DuckDBPyConnection, folder: Path, cut: Cut, dated: set[str]) -> int:
    files = [str(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        return 0
    listed = ", ".join(map(literal, files))
    rows = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    with closing(connection.cursor()) as cursor:
        cursor.execute("set TimeZone = 'UTC'")
        described = cursor.execute(f"describe select * from {rows}").fetchall()
        days = [row[0] for row in described if row[0] in dated and _is_dated(row[1])]
        late = "".join(f" or {identifier(each)} >= date '{cut.day}'" for each in days)
        query = f"select count(*) from {rows} where lds_extracted_at >= ?{late}"
        at = f"{cut.instant:%Y-%m-%d %H:%M:%S}+00"
        found = cursor.execute(query, [at]).fetchone()
    return int(found[0]) if found else 0


def _is_dated(kind: str) -> bool:
    return re.match("DATE|TIMESTAMP", kind) is not None
