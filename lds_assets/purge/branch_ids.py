"""Ids that a supplier has for what looks like a branch of a practice, listed or not.

Where rows name their publisher by the supplier's own ids, a branch has one too, and its rows are
the practice's. The directory keeps ids of known practices alone, so that of an unlisted branch is
looked up in the supplier's lists of organisations. Rule source: ADR 23.
"""

from collections.abc import Iterator

from lds_assets.errors import RoadError
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier
from lds_assets.landing.content import open_plain
from lds_assets.landing.find import FoundFile, find
from lds_assets.purge.inspection import header_of, place_of
from lds_assets.purge.names import Names
from lds_assets.purge.records import Judge, Sorter, Whose, identity
from lds_assets.raw.tables import raw_table
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier


def branch_ids(settings: Settings, supplier: Supplier, names: Names) -> frozenset[str]:
    """Return the ids of branches of a practice, by stored lists and those that lie in landing."""
    rules = supplier.definition.publisher_directory
    if rules is None:
        return frozenset()
    found = set(_stored(settings, supplier, names))
    root = settings.landing / supplier.code
    for delivery in find(supplier, root).deliveries:
        for file in delivery.files:
            if file.table == rules["table"]:
                found.update(_sent(settings, supplier, file, names))
    return frozenset(found - {""} - names.others)


def _stored(settings: Settings, supplier: Supplier, names: Names) -> Iterator[str]:
    rules = supplier.definition.publisher_directory or {}
    table = raw_table(settings, supplier, rules["table"])
    dictionary = supplier.dictionary[rules["table"]]
    key, code = (identifier(dictionary.column(rules[each]).lake_name) for each in ("id", "code"))
    with session(settings) as connection:
        rows = connection.execute(
            f"select distinct cast({key} as varchar) from ({table.select(table.files())}) "
            f"where regexp_full_match(lower({code}), ?) or list_contains(?, lower({code}))",
            [names.branch_form, sorted(names.branches)],
        ).fetchall()
    return (identity(str(value)) for (value,) in rows if value is not None)


def _sent(settings: Settings, supplier: Supplier, file: FoundFile, names: Names) -> Iterator[str]:
    rules = supplier.definition.publisher_directory or {}
    form, path = supplier.definition.format, settings.landing / supplier.code / file.path
    judge: Judge = lambda text: Whose.MINE if names.is_branch(text) else Whose.OTHERS  # noqa: E731
    try:
        with open_plain(path, file.is_encrypted, settings.gnupg_home) as chunks:
            header, again = header_of(supplier, file.table, chunks)
            key, code = (
                place_of(supplier, file.table, header, rules[each]) for each in ("id", "code")
            )
            sorter = Sorter(form, header, code, judge, names.marks)
            for record, whose in sorter.sort(again):
                if whose is Whose.MINE:
                    yield identity(sorter.value(record, key) or "")
    except (RoadError, OSError, UnicodeError, LookupError):
        # what cannot be read is told by the inspection of its delivery
        return
