"""Sampling, before anything is erased, the keys of the practice's rows that others point at.

Asks the files: the suppliers' as they lie in landing, and every Parquet file of the practice's
partitions, whether a table's log knows it or not.
"""

import csv
from collections.abc import Iterator, Sequence

import duckdb

from lds_assets.lake.delta import PARTITION
from lds_assets.lake.sql import identifier, literal
from lds_assets.purge.links import Links
from lds_assets.purge.names import Names
from lds_assets.purge.scan_packed import BROKEN, opened
from lds_assets.purge.scan_rules import FeedRules, TableRule
from lds_assets.purge.scan_text import Row, rows
from lds_assets.resources import Settings
from lds_assets.schema.naming import snake_case


class LinkSampler:
    """Finds keys of rows of whomever a test of publishers says.

    Args:
        connection: session that reads the lake.
        names: whose; rows of all others when ``of_others``.
    """

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        feeds: Sequence[FeedRules],
        names: Names,
        salt: str,
        *,
        of_others: bool = False,
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._feeds = feeds
        self._names = names
        self._of_others = of_others
        self._salt = Links(salt)
        self._made: dict[str, frozenset[str]] = {}

    def links(self) -> Links:
        """Return the keyed hashes of every column that rows of another table point at."""
        return Links(self._salt.salt, {name: self.keys(name) for name in self._named()})

    def _named(self) -> list[str]:
        return sorted({t.link.name for feed in self._feeds for t in feed.tables if t.link})

    def keys(self, name: str) -> frozenset[str]:
        """Return the hashes of one column: ``<supplier>/<table>/<column>``."""
        if name not in self._made:
            # a table that is owned through itself would ask for ever
            self._made[name] = frozenset()
            code, table, column = name.split("/")
            feed = next(each for each in self._feeds if each.code == code)
            rule = next(each for each in feed.tables if each.table == table.lower())
            found = set(self._in_lake(feed, rule, column))
            found.update(self._in_landing(feed, rule, column.lower()))
            hashes = {self._salt.hash_of(each) for each in found}
            self._made[name] = frozenset(hashes - {""})
        return self._made[name]

    def _in_lake(self, feed: FeedRules, rule: TableRule, column: str) -> Iterator[str]:
        folder = self._settings.lake / f"raw_{feed.code}" / rule.lake_table
        for owner in sorted(folder.glob(f"{PARTITION}=*")):
            is_own = owner.name == f"{PARTITION}={self._names.code}"
            files = [str(path) for path in sorted(owner.rglob("*.parquet"))]
            if is_own is self._of_others or not files:
                continue
            listed = ", ".join(map(literal, files))
            found = self._connection.execute(
                f"select distinct cast({identifier(snake_case(column))} as varchar) from "
                f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
            ).fetchall()
            yield from (str(key) for (key,) in found if key is not None)

    def _in_landing(self, feed: FeedRules, rule: TableRule, column: str) -> Iterator[str]:
        for path in sorted((self._settings.landing / feed.code).rglob("*")):
            if not path.is_file() or feed.rule(path.name) != rule:
                continue
            try:
                for _name, open_ in opened(path, self._settings.gnupg_home):
                    with open_() as chunks:
                        for row in rows(chunks, feed):
                            if self._is_wanted(rule, row):
                                yield from row.of((column,))
            except (*BROKEN, csv.Error):
                # the scan tells of it; what was read of it counts
                continue

    def _is_wanted(self, rule: TableRule, row: Row) -> bool:
        if rule.link is not None:
            known = self.keys(rule.link.name)
            keys = row.of((rule.link.column,))
            return any(self._salt.hash_of(each) in known for each in keys)
        told = [each for each in row.of(rule.publishers) if each.strip()]
        own = any(map(self._names.is_own, told))
        return bool(told) and not own if self._of_others else own
