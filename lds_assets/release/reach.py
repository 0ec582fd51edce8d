"""Whose records a release may show, and which supplier's of them (ADR 11).

A practice's records are shown on the strength of a consent in force. Those of its present supplier
by their own gate; those an earlier supplier or a practice merged away sent only while that consent
says that it covers them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from lds_assets.gate.moves import Covered, covered
from lds_assets.guards.population import asked, loaded_sources
from lds_assets.platform import Platform

#: (practice, dataset): the records of one practice that came from one supplier.
Source = tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """Two sources of a release that may tell of the same patients and events.

    Attributes:
        old: the source that ended; ``new`` the one that goes on.
        moved_on: first London day of the new one.
    """

    old: Source
    new: Source
    moved_on: date

    @property
    def is_merger(self) -> bool:
        """Say whether they lie under two practice codes."""
        return self.old[0] != self.new[0]


@dataclass(frozen=True)
class Reach:
    """What a release may read.

    Attributes:
        publishers: practices whose partitions are read.
        left_out: sources in these partitions that are not shown.
        frozen: sources shown because another consent covers them.
        pairs: sources shown together that follow one another.
    """

    publishers: tuple[str, ...]
    left_out: frozenset[Source] = frozenset()
    frozen: frozenset[Source] = frozenset()
    pairs: tuple[Pair, ...] = ()


def reach(platform: Platform, loaded: Collection[tuple[str, str]] | None = None) -> Reach:
    """Return what a release of today may read, by the gate and the newest counts.

    Args:
        loaded: (supplier folder, practice) with rows in the lake; None asks the ledger.
    """
    day = platform.settings.business_date()
    state = platform.register.state()
    loaded = loaded_sources(platform) if loaded is None else loaded
    answers = asked(platform)
    own = {key for key, answer in answers.items() if answer is None or answer.is_allowed}
    known = {each.definition.supplier_code: code for code, each in platform.suppliers.items()}
    covers = {
        (code, practice): [
            (known[each.supplier_code], each)
            for each in covered(
                state, practice, platform.suppliers[code].definition.supplier_code, day
            )
            if each.supplier_code in known
        ]
        for code, practice in answers
    }
    names = {code: each.definition.dataset for code, each in platform.suppliers.items()}
    return _reach(loaded, own, covers, names)


_Key = tuple[str, str]


def _reach(
    loaded: Collection[_Key],
    own: Collection[_Key],
    covers: Mapping[_Key, Collection[tuple[str, Covered]]],
    names: Mapping[str, str],
) -> Reach:
    """Work out a reach.

    Args:
        loaded: (supplier folder, practice) with rows in the lake.
        own: those whose own gate is open for landing and for the release.
        covers: by (folder, practice) with an open landing gate, the folder and the records covered.
        names: dataset label of each folder.
    """
    frozen: dict[_Key, tuple[_Key, date]] = {}
    for new, held in covers.items():
        for code, records in held:
            old = (code, records.practice_code)
            if old in loaded and old not in own:
                frozen[old] = (new, records.moved_on)
    shown = {*own, *frozen}

    def source(key: _Key) -> Source:
        return key[1], names[key[0]]

    publishers = {practice for _, practice in shown}
    return Reach(
        tuple(sorted(publishers)),
        frozenset(source(key) for key in loaded if key[1] in publishers and key not in shown),
        frozenset(source(key) for key in frozen),
        tuple(
            sorted(
                (
                    Pair(source(old), source(new), moved_on)
                    for old, (new, moved_on) in frozen.items()
                    if new in own and new in loaded
                ),
                key=lambda each: (each.old, each.new),
            )
        ),
    )
