"""How a practice is named for its proof: by the register, and by whatever tells of its branches.

A supplier that names organisations by ids of its own has one for each branch too. Its lists of
organisations stay after a purge, for they are public: they tell which ids those were, also of
branches that nobody listed.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace

import duckdb

from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.purge.layers import Work
from lds_assets.purge.names import Names
from lds_assets.purge.records import identity
from lds_assets.purge.scan_packed import BROKEN, opened
from lds_assets.purge.scan_rules import feed_rules
from lds_assets.purge.scan_text import rows
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.registry import Supplier


def proof_names(work: Work) -> Names:
    """Return the names of the purge's practice, those of lists of organisations among them."""
    names = work.names
    ids = dict(names.ids)
    with session(work.platform.settings) as connection:
        for supplier in work.platform.suppliers.values():
            found = {
                identity(key)
                for key, code in _listed(work, connection, supplier)
                if names.is_branch(code)
            }
            # a list that gives another practice's id to a branch is wrong
            ids[supplier.code] = ids.get(supplier.code, frozenset()) | (found - {""} - names.others)
    return replace(names, ids=ids)


def _listed(
    work: Work, connection: duckdb.DuckDBPyConnection, supplier: Supplier
) -> Iterator[tuple[str, str]]:
    """Yield id and code of every organisation that a supplier's lists name, here and there."""
    rules = supplier.definition.publisher_directory
    if rules is None:
        return
    settings = work.platform.settings
    folder = settings.lake / f"raw_{supplier.code}" / snake_case(rules["table"])
    files = [str(path) for path in sorted(folder.rglob("*.parquet")) if "=" in path.parent.name]
    if files:
        columns = ", ".join(
            f"cast({identifier(snake_case(rules[each]))} as varchar)" for each in ("id", "code")
        )
        found = connection.execute(
            f"select distinct {columns} from read_parquet([{', '.join(map(literal, files))}], "
            "hive_partitioning = false, union_by_name = true)"
        ).fetchall()
        yield from ((str(key or ""), str(code or "")) for key, code in found)
    feed = feed_rules(supplier)
    wanted = (rules["id"].lower(), rules["code"].lower())
    for path in sorted((settings.landing / supplier.code).rglob("*")):
        rule = feed.rule(path.name) if path.is_file() else None
        if rule is None or rule.table != rules["table"].lower():
            continue
        try:
            for _name, open_ in opened(path, settings.gnupg_home):
                with open_() as chunks:
                    for row in rows(chunks, feed):
                        told = row.of(wanted)
                        if row.places is not None and len(told) == len(wanted):
                            yield told[0], told[1]
        except (*BROKEN, csv.Error):
            # the scan tells of it
            continue
