"""What the ledger knows of a supplier's deliveries, read once for a purge.

It tells which groups others share, and which deliveries never met the practice: these need not be
read to count and to erase. The proof reads them all the same.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from lds_assets.landing.accounts import RAW
from lds_assets.landing.find import FoundDelivery
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.parts import base_of, whole_of
from lds_assets.landing.states import IN_LAKE, Delivery, State

#: Says of a practice and its outcome whether they are meant.
Wanted = Callable[[str, str], bool]


class Known:
    """A supplier's deliveries as the ledger knows them, for one practice.

    Args:
        practice: ODS code.
    """

    def __init__(self, ledger: Ledger, supplier: str, practice: str) -> None:
        self._ledger = ledger
        self._supplier = supplier
        self._practice = practice

    @cached_property
    def _deliveries(self) -> Sequence[Delivery]:
        return self._ledger.deliveries(self._supplier)

    @cached_property
    def _groups(self) -> Mapping[str, str]:
        return {each.delivery_id: each.group_id for each in self._deliveries}

    @cached_property
    def _met(self) -> Mapping[str, Mapping[str, str]]:
        """Delivery -> practice -> outcome."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for (delivery, code), record in self._ledger.supplier_outcomes(self._supplier).items():
            found[delivery][code] = record.outcome
        return found

    @cached_property
    def _entered(self) -> Mapping[tuple[str, str], list[Delivery]]:
        found: dict[tuple[str, str], list[Delivery]] = defaultdict(list)
        for row in self._deliveries:
            base = base_of(whole_of(row.delivery_id))
            found[row.folder, base].append(row)
        return found

    @cached_property
    def own_groups(self) -> frozenset[str]:
        """Groups in which the ledger met the practice."""
        return self._groups_of(lambda code, _outcome: code == self._practice)

    @cached_property
    def shared_groups(self) -> frozenset[str]:
        """Groups in which the ledger met another practice."""
        return self._groups_of(lambda code, told: code != self._practice and told != "MAPPED")

    def _groups_of(self, wanted: Wanted) -> frozenset[str]:
        return frozenset(
            self._groups[delivery]
            for delivery, outcomes in self._met.items()
            if delivery in self._groups
            and any(wanted(code, outcome) for code, outcome in outcomes.items())
        )

    def rows(self, found: FoundDelivery) -> list[Delivery]:
        """Return the ledger's rows of a delivery: the proven one, and those set aside."""
        return list(self._entered.get((found.folder, found.base_id), ()))

    def never_met(self, found: FoundDelivery) -> bool:
        """Say whether a delivery lies as it was loaded, every row of it another practice's.

        Rows without an owner or out of form, files that are not loaded, and a delivery of which
        several versions are known tell nothing for sure: these are read.
        """
        rows = self.rows(found)
        if len(rows) != 1 or rows[0].state not in IN_LAKE:
            return False
        delivery = rows[0].delivery_id
        met = self._met.get(delivery, {})
        if not met or self._practice in met or not self._is_as_loaded(delivery, found):
            return False
        account = self._ledger.account(RAW, delivery)
        return all(practice for _delivery, _table, practice in account)

    def _is_as_loaded(self, delivery_id: str, found: FoundDelivery) -> bool:
        files = self._ledger.files(delivery_id)
        lies = {(each.name, each.size_bytes, each.mtime_ns) for each in found.files}
        whole = all(each.state is State.VALIDATED for each in files)
        return whole and lies == {(each.name, each.size_bytes, each.mtime_ns) for each in files}
