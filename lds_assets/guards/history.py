"""What became of each practice in the deliveries of its supplier: what a ruling looks back on."""

from collections.abc import Callable, Mapping
from datetime import datetime

from lds_assets.landing.states import Delivery, PracticeRecord


class History:
    """A supplier's deliveries, practice by practice.

    Args:
        deliveries: of the supplier, by id.
        outcomes: (delivery, practice) -> what became of the practice in it.
        tables_of: delivery -> its tables of practices' records.

    Attributes:
        loaded: practice -> deliveries loaded for it.
    """

    def __init__(
        self,
        deliveries: Mapping[str, Delivery],
        outcomes: Mapping[tuple[str, str], PracticeRecord],
        tables_of: Callable[[str], frozenset[str]],
    ) -> None:
        self._tables_of = tables_of
        self._met: dict[str, list[tuple[Delivery, PracticeRecord]]] = {}
        self.loaded: dict[str, list[Delivery]] = {}
        for (identity, practice), record in outcomes.items():
            if identity not in deliveries:
                continue
            self._met.setdefault(practice, []).append((deliveries[identity], record))
            if record.outcome == "LOADED":
                self.loaded.setdefault(practice, []).append(deliveries[identity])

    def held_for(self, practice: str, reason: str) -> list[Delivery]:
        """Return the deliveries whose rows of the practice wait for a reason."""
        return [
            delivery
            for delivery, record in self._met.get(practice, [])
            if (record.outcome, record.primary_reason) == ("HELD", reason)
        ]

    def is_before_bulk(self, practice: str, delivery: Delivery) -> bool:
        """Say whether a later full extract of the group tells all that a delivery could.

        One that is loaded does; so does one that a practice of whom nothing is loaded begins with.
        It tells nothing of tables that it does not hold: single tables are sent whole again.
        """
        at, none_loaded = delivery.extracted_at or datetime.min, practice not in self.loaded
        return any(
            other.kind == "full"
            and other.group_id == delivery.group_id
            and (other.extracted_at or datetime.min) > at
            and (record.outcome == "LOADED" or (none_loaded and other.is_loadable))
            and self._tables_of(delivery.delivery_id) <= self._tables_of(other.delivery_id)
            for other, record in self._met.get(practice, [])
        )
