"""What of an event the register's table can hold, the same on every engine it runs on (S0).

SQLite keeps a text of any length, PostgreSQL refuses one that is longer than its column, and any
text with a null character: such an event is refused by a rule, before a database could say so.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import String, Table, Text

from lds_assets.gate.events import NewEvent, canonical_json

#: Fields of an event that people or files tell as text.
_TOLD = (
    *("entity_type", "entity_id", "event_type", "from_state", "to_state", "actor", "actor_role"),
    *("on_behalf_of", "reason_code", "reason_text", "evidence_ref", "evidence_sha256"),
)


def widths(table: Table) -> dict[str, int]:
    """Return column -> how many characters it holds, where that is limited."""
    return {
        each.name: int(each.type.length)
        for each in table.columns
        if isinstance(each.type, String) and not isinstance(each.type, Text) and each.type.length
    }


def unfitting(new: NewEvent, limits: Mapping[str, int]) -> str:
    """Return the rule an event breaks by a text no column takes, or empty text."""
    for name in _TOLD:
        told = str(getattr(new, name))
        if len(told) > limits.get(name, len(told)):
            return f"S0-15 {name} is longer than {limits[name]} characters"
        if "\0" in told or not _is_text(told):
            return f"S0-15 {name} is no text"
    return "" if _is_text(canonical_json(dict(new.payload))) else "S0-15 the payload is no text"


def fitted(new: NewEvent, limits: Mapping[str, int]) -> NewEvent:
    """Return an event as the table takes it: cut, with a mark for what is no character."""
    cells: dict[str, Any] = {}
    for name in _TOLD:
        plain = str(getattr(new, name)).replace("\0", "?").encode("utf-8", "replace").decode()
        cells[name] = plain[: limits.get(name, len(plain))]
    return replace(new, **cells)


def _is_text(told: str) -> bool:
    try:
        told.encode()
    except UnicodeEncodeError:
        return False
    return True
