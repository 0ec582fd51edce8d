"""Errors named by what happens next.

Every message has four parts: what, where, what was done, what to do. No message holds a value
of a row: only class, table, column, line number and counts.
"""

from dataclasses import dataclass


@dataclass
class RoadError(Exception):
    """An expected fault on the road, told to people in four parts."""

    what: str
    where: str = ""
    done: str = ""
    to_do: str = ""
    code: str = ""

    @property
    def kind(self) -> str:
        """Return what happens next, in one word: ``Refused``, ``Held``, ``Retry``, ..."""
        return next(
            (each.__name__ for each in type(self).__mro__ if RoadError in each.__bases__),
            type(self).__name__,
        )

    def __str__(self) -> str:
        """Return the fault as operations staff read it."""
        parts = [f"{self.kind}: {self.what}"]
        if self.where:
            parts.append(f"  where: {self.where}")
        if self.done:
            parts.append(f"  done: {self.done}")
        if self.to_do:
            parts.append(f"  to do: {self.to_do}")
        return "\n".join(parts)


class Refused(RoadError):
    """A rule says no; the same input will be refused again."""


class Held(RoadError):
    """Kept aside until a person or a later delivery decides."""


class Retry(RoadError):
    """The outside world failed; the same call may go through later."""


class Quarantined(RoadError):
    """Input that is not of its form; counted and set aside, the rest goes on."""
