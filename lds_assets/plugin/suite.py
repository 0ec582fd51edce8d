"""The conformance suite: every rule a supplier folder must keep."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lds_assets.errors import Refused, RoadError
from lds_assets.plugin import declared, hostile, mapped, sample, selected
from lds_assets.plugin.rule import Bench, Finding, Rule, bench
from lds_assets.suppliers.registry import load_supplier

#: Every rule, in the order in which an engineer meets them.
RULES: tuple[Rule, ...] = (
    *declared.RULES,
    *selected.RULES,
    *mapped.RULES,
    *sample.RULES,
    *hostile.RULES,
)
#: The rule before all others: without it nothing can be read.
CONTRACT = ("contract", "defs.yaml is of the contract, tables.csv can be read")
#: Rules that run the folder's SQL with access to files, and those that must be kept before.
_WALKS = (*sample.RULES, *hostile.RULES)
_REACHING = frozenset({"macros", "own_tables"})


@dataclass(frozen=True)
class Verdict:
    """What one rule says of a folder."""

    rule: str
    meaning: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Say whether the rule is kept."""
        return not self.findings


def check_folder(folder: Path, rules: Sequence[Rule] = RULES) -> list[Verdict]:
    """Check a supplier folder; when its contract is broken, no other rule is asked.

    Args:
        folder: the supplier folder, wherever it is.
        rules: the rules to ask.
    """
    contract = _contract(folder)
    if contract.findings:
        return [contract]
    with bench(load_supplier(folder)) as opened:
        verdicts = [contract]
        for rule in rules:
            reaching = any(each.rule in _REACHING and not each.passed for each in verdicts)
            is_walk = rule in _WALKS
            verdicts.append(_not_walked(rule) if is_walk and reaching else verdict(rule, opened))
    return verdicts


def verdict(rule: Rule, opened: Bench) -> Verdict:
    """Ask one rule; a check that breaks down is a finding, told without values."""
    try:
        findings = tuple(rule.check(opened))
    except RoadError as fault:
        findings = (_told(fault),)
    except Exception as error:
        if os.environ.get("LDS_TRACEBACK"):
            raise
        told = f"{type(error).__name__}; its text is withheld because it may quote a value"
        findings = (Finding(told, opened.supplier.code, "mend what the earlier rules name first"),)
    return Verdict(rule.name, rule.meaning, findings)


def _not_walked(rule: Rule) -> Verdict:
    told = "the sample is not walked with SQL that reaches outside its batch"
    return Verdict(rule.name, rule.meaning, (Finding(told, "samples", "mend the SQL first"),))


def _contract(folder: Path) -> Verdict:
    try:
        if not (folder / declared.DEFS).is_file():
            raise Refused("there is no defs.yaml", str(folder), to_do="name a supplier folder")
        _read_dictionary(folder)
    except RoadError as fault:
        return Verdict(*CONTRACT, (_told(fault),))
    return Verdict(*CONTRACT, ())


def _read_dictionary(folder: Path) -> None:
    own = load_supplier(folder)
    try:
        tables = own.dictionary
    except (OSError, ValueError, KeyError):
        tables = {}
    if not tables:
        raise Refused(
            f"{declared.DICTIONARY} of supplier {own.code} cannot be read, or is empty",
            where=f"{own.code}/{declared.DICTIONARY}",
            to_do="UTF-8 CSV with file, ordinal, column, data_type, is_key, description",
        )


def _told(fault: RoadError) -> Finding:
    return Finding(fault.what, fault.where, fault.to_do)
