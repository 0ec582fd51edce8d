"""Which raw tables a select reads."""

import re

_MENTION = re.compile(r"\b(raw|raw_all)\.([a-z0-9_]+)")


def mentioned(select: str) -> set[str]:
    """Return the raw tables a select reads, by lake name."""
    return {name for _, name in _MENTION.findall(select)}


def mentioned_in(select: str, schema: str) -> set[str]:
    """Return the tables a select reads of one schema: ``raw``, or ``raw_all`` for every version."""
    return {name for found, name in _MENTION.findall(select) if found == schema}
