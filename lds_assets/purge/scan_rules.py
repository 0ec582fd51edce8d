"""How a supplier's files and raw tables tell whose rows are: the proof's own reading of its folder.

Rows name their publisher in a column, or are owned through a row of another table; public lists
belong to nobody. Plain data, so that it can be handed to another process.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import TableRules
from lds_assets.suppliers.registry import Supplier


@dataclass(frozen=True)
class Link:
    """Rows that belong to whoever owns the row of another table they point at.

    Attributes:
        name: of the keys they point at: ``<supplier>/<table>/<column>``.
        column: of the file that points, in lower case; ``lake_column`` as the lake spells it.
    """

    name: str
    column: str
    lake_column: str


@dataclass(frozen=True)
class TableRule:
    """One kind of file.

    Attributes:
        table: its name in lower case; ``lake_table`` as the lake spells it.
        publishers: columns that name the publisher, in lower case; none of a public list. A kind
            that is owned through another has all that the supplier's kinds have.
    """

    table: str
    lake_table: str
    publishers: frozenset[str]
    link: Link | None = None

    @property
    def needs_publisher(self) -> bool:
        """Say whether a file without a column of its publisher is not of its form."""
        return self.link is None and bool(self.publishers)

    def is_of(self, name: str) -> bool:
        """Say whether a file of this name is of the kind."""
        return re.search(rf"(?:^|_){re.escape(self.table)}(?:_|\.|$)", name.lower()) is not None


@dataclass(frozen=True)
class FeedRules:
    """One supplier's feed.

    Attributes:
        code: its folder below landing.
        tables: kinds of files, longest name first.
    """

    code: str
    form: str
    delimiter: str
    quote: str
    escape: str
    encoding: str
    tables: tuple[TableRule, ...]

    def rule(self, name: str) -> TableRule | None:
        """Return the kind of a file, None of one that the feed does not know."""
        return next((each for each in self.tables if each.is_of(name)), None)

    def linked_in_lake(self, parts: Iterable[str]) -> Link | None:
        """Return how the rows of a raw table are owned through another, by parts of its path."""
        named = set(parts)
        for each in self.tables:
            if each.link and each.lake_table in named:
                return each.link
        return None


def feed_rules(supplier: Supplier) -> FeedRules:
    """Return what a supplier's folder declares of its files."""
    definition = supplier.definition
    every = frozenset(
        each.publisher.column.lower() for each in definition.tables if each.publisher.column
    )
    known = {each.name: each for each in definition.tables}
    tables = [_rule(supplier, name, known.get(name), every) for name in supplier.dictionary]
    tables.sort(key=lambda each: (-len(each.table), each.table))
    form = definition.format
    return FeedRules(
        definition.code,
        form.form,
        form.delimiter,
        form.quote,
        form.escape,
        form.encoding,
        tuple(tables),
    )


def _rule(
    supplier: Supplier, name: str, rules: TableRules | None, every: frozenset[str]
) -> TableRule:
    lake = snake_case(name)
    if rules is None:
        return TableRule(name.lower(), lake, every)
    through, column = rules.publisher.through, rules.publisher.column
    if through is not None:
        told = f"{supplier.code}/{through.table}/{through.foreign}"
        link = Link(told, through.local.lower(), snake_case(through.local))
        return TableRule(name.lower(), lake, every, link)
    return TableRule(name.lower(), lake, frozenset({column.lower()} if column else ()))
