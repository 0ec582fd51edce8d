"""The register of integration mechanisms: which suits a use, which does not, and why (S4).

The facts stand in ``seeds/governance/integration_mechanism.csv`` with their date and source. For
population analytics the reviewed answer stands there too; for other uses it follows from direction,
form, age and status by the tests below.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lds_assets.errors import Refused

FILE = Path("governance/integration_mechanism.csv")

Facts = Mapping[str, str]


class UseCase(StrEnum):
    """What somebody wants a mechanism for."""

    POPULATION_ANALYTICS = "population-analytics"
    DIRECT_CARE = "direct-care"
    PATIENT_FACING = "patient-facing"
    WRITE_BACK = "write-back"


@dataclass(frozen=True)
class Suitability:
    """One mechanism and the answer for one use.

    Attributes:
        reason: why it does not suit, or what speaks for it.
        status: availability as published, ``as_of`` when, ``source`` where.
    """

    mechanism_id: str
    mechanism: str
    sub_capability: str
    suppliers: str
    suits: bool
    reason: str
    status: str
    as_of: str
    source: str
    notes: str


def _is_usable(facts: Facts) -> bool:
    return facts["status"].startswith(("available", "live"))


_Test = tuple[Callable[[Facts], bool], Callable[[Facts], str]]

_USABLE: _Test = (_is_usable, lambda facts: f"not to be had: {facts['status']}")
_MACHINE_READABLE: _Test = (
    lambda facts: not facts["structured"].startswith("no"),
    lambda facts: f"nothing structured: {facts['structured']}",
)

#: use -> tests in order; the first that fails says why the mechanism does not suit.
_TESTS: dict[UseCase, tuple[_Test, ...]] = {
    UseCase.DIRECT_CARE: (
        _USABLE,
        (lambda facts: "read" in facts["direction"], lambda _facts: "it does not read the record"),
        (
            lambda facts: "patient-facing" not in facts["intended_use"],
            lambda _facts: "it speaks to patients, not to those who treat them",
        ),
        (
            lambda facts: facts["latency"].startswith(("real-time", "on demand")),
            lambda facts: f"its data are not of the moment: {facts['latency']}",
        ),
    ),
    UseCase.PATIENT_FACING: (
        _USABLE,
        (
            lambda facts: "patient-facing" in facts["intended_use"],
            lambda facts: f"made for another use: {facts['intended_use']}",
        ),
    ),
    UseCase.WRITE_BACK: (
        _USABLE,
        (lambda facts: "write" in facts["direction"], lambda _facts: "it only reads"),
        _MACHINE_READABLE,
    ),
}


def mechanisms(
    seeds: Path, use_case: UseCase = UseCase.POPULATION_ANALYTICS, supplier: str = ""
) -> list[Suitability]:
    """Return every mechanism with its answer for a use, suitable ones first.

    Args:
        supplier: only mechanisms that name this supplier, without regard to case.

    Raises:
        Refused: no mechanism names the supplier.
    """
    with (seeds / FILE).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    named = [row for row in rows if supplier.casefold() in row["suppliers_covered"].casefold()]
    if not named:
        raise Refused(
            f"no mechanism names the supplier {supplier}",
            where=str(FILE),
            done="nothing answered",
            to_do="lds mechanisms shows all; a new mechanism is added to the file and reviewed",
            code="SUPPLIER_UNKNOWN",
        )
    answers = [_answer(row, use_case) for row in named]
    return sorted(answers, key=lambda each: (not each.suits, each.mechanism_id))


def _answer(facts: Facts, use_case: UseCase) -> Suitability:
    suits, reason = _judge(facts, use_case)
    return Suitability(
        mechanism_id=facts["mechanism_id"],
        mechanism=facts["mechanism"],
        sub_capability=facts["sub_capability"],
        suppliers=facts["suppliers_covered"],
        suits=suits,
        reason=reason,
        status=facts["status"],
        as_of=facts["status_as_of"],
        source=facts["source_seed"],
        notes=facts["notes"],
    )


def _judge(facts: Facts, use_case: UseCase) -> tuple[bool, str]:
    if use_case is UseCase.POPULATION_ANALYTICS:
        return facts["suitable_for_population_analytics"] == "yes", facts["suitability_reason"]
    for passes, reason in _TESTS[use_case]:
        if not passes(facts):
            return False, reason(facts)
    return True, f"made for: {facts['intended_use']}"
