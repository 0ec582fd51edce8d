"""Headers against the dictionary: which version a feed has, which columns a file lacks.

Names are compared without case, quotes and byte order mark; old spellings by declared aliases.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lds_assets.landing.states import Reason
from lds_assets.suppliers.contract import SupplierDefinition, TableRules, VersionRule
from lds_assets.suppliers.registry import Supplier

_NAME_LIKE = re.compile(r"[A-Za-z_][\w .*-]{0,60}")
_LISTED = 12


@dataclass(frozen=True)
class HeaderFault:
    """Why a header cannot be read by the dictionary; names columns, never a value."""

    reason: str
    detail: str


class Headers:
    """The headers of a delivery, compared with a supplier's dictionary.

    Args:
        supplier: its dictionary, aliases and version rules.
        headers: table -> names as the file has them, of the files that have arrived.
    """

    def __init__(self, supplier: Supplier, headers: Mapping[str, Iterable[str]]) -> None:
        self._supplier = supplier
        self._definition: SupplierDefinition = supplier.definition
        self._aliases = {old.lower(): new.lower() for old, new in self._definition.aliases.items()}
        self._names = {table: [self._plain(n) for n in names] for table, names in headers.items()}

    def version(self) -> str | None:
        """Return the feed's version; '' when it has no versions, None when no rule knows it.

        The declared rules tell it, but a column of a newer version proves that version: a header
        that lost the very column a rule looks for must not pass as an older version.
        """
        if not self._definition.versions:
            return ""
        told = next((rule.version for rule in self._definition.versions if self._holds(rule)), None)
        if told is None:
            return None
        return max([told, *(self._newest(table) for table in self._names)], key=_order)

    def expected_tables(self) -> set[str]:
        """Return the tables that a delivery of this version holds (all, when it is not known)."""
        version = self.version()
        return {
            name
            for name, table in self._supplier.dictionary.items()
            if not version
            or any(_order(each.added_in_version) <= _order(version) for each in table.columns)
        }

    def fault(self, table: str, is_full: bool) -> HeaderFault | None:
        """Return why a file of the table cannot be loaded with its header, None when it can."""
        met = self._names[table]
        known = self._known(table)
        if 2 * len(known.keys() & set(met)) < len(met):
            detail = "the first line is not a header: most of its fields are no column's name"
            return HeaderFault(Reason.HEADER_MISSING, detail)
        twice = sorted({known[name] for name in met if name in known and met.count(name) > 1})
        if twice:
            return HeaderFault(Reason.HEADER_DRIFT, f"columns twice: {_listed(twice)}")
        version = self.version()
        if version is None:
            return None
        mark = self._mark_of_deletion(table, is_full)
        if mark and mark.lower() not in met:
            return HeaderFault(
                Reason.DELETES_MISSING,
                f"a delta without column {mark} cannot say that a record went",
            )
        missing = [name for name in self._required(table, version) if name not in met]
        if not missing:
            return None
        told = f"missing {_listed([known.get(name, name) for name in missing])}"
        extra = self.extra_names(table)
        return HeaderFault(
            Reason.HEADER_DRIFT,
            f"{len(met)} columns, {told}" + (f"; unknown: {_listed(extra)}" if extra else ""),
        )

    def extra_names(self, table: str) -> list[str]:
        """Return names of a header that neither dictionary nor declaration knows."""
        known = self._known(table)
        return [
            name if _NAME_LIKE.fullmatch(name) else f"column {place}"
            for place, name in enumerate(self._names[table], start=1)
            if name not in known
        ]

    def _plain(self, name: str) -> str:
        plain = name.strip().strip("\ufeff").strip('"').strip().lower()
        return self._aliases.get(plain, plain)

    def _holds(self, rule: VersionRule) -> bool:
        if rule.table not in self._names:
            return False
        met = self._names[rule.table]
        has = not rule.has or rule.has.lower() in met
        return has and (not rule.lacks or rule.lacks.lower() not in met)

    def _known(self, table: str) -> dict[str, str]:
        """Return plain name -> spelling of every column a header of the table may have."""
        declared = self._definition.extra_columns
        names = [column.name for column in self._supplier.dictionary[table].columns]
        names += [*declared.get("*", {}), *declared.get(table, {})]
        return {name.lower(): name for name in names}

    def _newest(self, table: str) -> str:
        """Return the version of the newest dictionary column that a header holds."""
        met = set(self._names[table])
        columns = self._supplier.dictionary[table].columns
        told = [column.added_in_version for column in columns if column.name.lower() in met]
        return max(told, key=_order, default="")

    def _required(self, table: str, version: str) -> list[str]:
        if self._definition.required_columns == "version":
            return [
                column.name.lower()
                for column in self._supplier.dictionary[table].columns
                if not version or _order(column.added_in_version) <= _order(version)
            ]
        return [name.lower() for name in _key_columns(self._definition.table(table))]

    def _mark_of_deletion(self, table: str, is_full: bool) -> str:
        """Return the column a delta needs where columns are chosen per configuration, or empty."""
        if is_full or self._definition.required_columns != "key":
            return ""
        return self._definition.table(table).deleted or ""


def _key_columns(rules: TableRules) -> list[str]:
    """Return the columns without which rows cannot be placed."""
    names = list(rules.key)
    publisher = rules.publisher
    names += [publisher.column] if publisher.column else []
    names += [publisher.through.local] if publisher.through else []
    return list(dict.fromkeys(names))


def _order(version: str) -> tuple[int, ...]:
    """Return a version as numbers; text that is none comes first."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _listed(names: list[str]) -> str:
    """Return names for people: the first dozen, and how many more."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
