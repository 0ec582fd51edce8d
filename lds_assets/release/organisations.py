"""The register's practices and their dated ties as dbt reads them."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from lds_assets.gate.facts import covers
from lds_assets.gate.list_sizes import CountedLists
from lds_assets.gate.moves import closed_on
from lds_assets.gate.relationships import ICB, Tie, ties
from lds_assets.platform import Platform
from lds_assets.release.record import Release

PRACTICE_REGISTER = (
    "practice_code varchar, name varchar, icb_code varchar, icb_name varchar, "
    "sub_icb_code varchar, pcn_code varchar, pcn_name varchar, supplier_code varchar, "
    "list_size bigint, list_size_carried bigint, is_counted boolean, postcode varchar, "
    "status varchar, closed_date date"
)
PRACTICE_RELATIONSHIP = (
    "practice_code varchar, kind varchar, target_code varchar, target_name varchar, "
    "valid_from date, valid_to date, source varchar"
)


class Organisations:
    """Practices of the register on a release's day, and to whom they belonged on all days."""

    def __init__(self, platform: Platform, release: Release) -> None:
        self._platform, self._release = platform, release
        self._state = platform.register.state()
        self._ties = {code: ties(self._state, code) for code in sorted(self._state.practices)}

    @cached_property
    def _directory(self) -> Mapping[str, Mapping[str, str]]:
        path = self._platform.settings.seeds / "organisation/london_practices.csv"
        with path.open(encoding="utf-8", newline="") as handle:
            return {row["practice_code"]: row for row in csv.DictReader(handle)}

    @cached_property
    def _networks(self) -> Mapping[str, str]:
        return {row["pcn_code"]: row["pcn_name"] for row in self._directory.values()}

    def practices(self, counted: Collection[str]) -> Iterable[Sequence[object]]:
        """Yield the practices as they stand on the release's day, columns ``PRACTICE_REGISTER``.

        Args:
            counted: those that are London's on the day, not ended, and under a board or met.
        """
        state, day = self._state, self._release.as_of
        lists, names = CountedLists(state, day), state.board_names()
        for code, known in self._ties.items():
            practice, size = state.practices[code], lists.of(code)
            now = {e.kind: e.target_code for e in known if covers(e.valid_from, e.valid_to, day)}
            board, network = now.get(ICB, ""), now.get("PCN", "")
            system = state.system_on(code, day)
            yield (
                code,
                practice.name,
                board or None,
                names.get(board),
                now.get("SUB_ICB"),
                network or None,
                self._networks.get(network) if network else None,
                system.supplier_code if system else None,
                size.registered_count if size else None,
                size.carried_count if size else 0,
                code in counted,
                self._directory.get(code, {}).get("postcode") or None,
                practice.status,
                closed_on(state, code, day),
            )

    def relationships(self) -> Iterable[Sequence[object]]:
        """Yield every tie of every practice, columns ``PRACTICE_RELATIONSHIP``."""
        for known in self._ties.values():
            for each in known:
                yield (
                    each.practice_code,
                    each.kind,
                    each.target_code,
                    self._name(each),
                    each.valid_from,
                    each.valid_to,
                    each.source,
                )

    def _name(self, tie: Tie) -> str | None:
        if tie.kind == ICB:
            return self._state.board_names().get(tie.target_code)
        return self._networks.get(tie.target_code) if tie.kind == "PCN" else None
