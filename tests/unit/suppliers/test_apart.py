"""Which tables may wait is told by what a folder declares and reads, never by names."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from lds_assets.suppliers.apart import may_wait
from lds_assets.suppliers.contract import (
    CanonicalFeed,
    LookUp,
    OwnerThrough,
    Publisher,
    SupplierSide,
    WithheldRule,
)
from lds_assets.suppliers.registry import Supplier, suppliers

TPP = suppliers()["tpp"]
TO_CODE = LookUp(local=("RowIdentifier",), foreign=("RowIdentifier",))


def changed(**what: object) -> Supplier:
    """Return the feed with a part of its definition changed."""
    return replace(TPP, definition=TPP.definition.model_copy(update=what))


def test_records_that_only_their_own_rows_are_made_of_may_wait() -> None:
    # SRProblem touches the entries of SRCode: they are made again when it comes
    assert {"SRCode", "SREvent", "SRProblem", "SRAppointment", "SRReferralOut"} <= may_wait(TPP)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("SRPatient", "others are owned through it"),
        ("SRPatientRegistration", "contacts are found by it, and it decides who answers"),
        ("SRPatientRemovedByContentFilter", "it withholds rows of others"),
        ("SRStaffMemberProfile", "records name people by it"),
        ("SROrganisationBranch", "encounters read it and are not made again when it comes"),
        ("SRStaffMember", "its owners are found by profiles"),
        ("SRMapping", "it is nobody's"),
        ("SRCtv3", "it is a dictionary of nobody"),
    ],
)
def test_what_others_are_understood_by_may_not(table: str, why: str) -> None:
    assert table not in may_wait(TPP), why


def test_without_a_manifest_nothing_may_wait() -> None:
    assert may_wait(suppliers()["emis"]) == frozenset()
    rules = TPP.definition.delivery
    assert may_wait(changed(delivery=rules.model_copy(update={"manifest": None}))) == frozenset()
    every = rules.model_copy(update={"needs_every_table": True})
    assert may_wait(changed(delivery=every)) == frozenset()


def _with_look_up() -> Supplier:
    feed = CanonicalFeed(table="flag", source="SRSpecialNotes", looks_up={"SRCode": TO_CODE})
    return changed(canonical=(*TPP.definition.canonical, feed))


def _with_owner_through() -> Supplier:
    through = OwnerThrough(table="SRCode", local="IDCode", foreign="RowIdentifier")
    tables = tuple(
        each.model_copy(update={"publisher": Publisher(through=through)})
        if each.name == "SRProblem"
        else each
        for each in TPP.definition.tables
    )
    return changed(tables=tables)


def _with_rule() -> Supplier:
    rule = WithheldRule(
        reason="INVENTED",
        tables=("SREvent",),
        sql="content_filter.sql",
        decided_by={"SRCode": TO_CODE},
    )
    return changed(withheld=(*TPP.definition.withheld, rule))


def _with_sharing_table() -> Supplier:
    side = SupplierSide(table="SRCode", organisation="a", activated="b", disabled="c", deleted="d")
    return changed(supplier_side=side)


def _with_directory() -> Supplier:
    return changed(publisher_directory={"table": "SRCode", "id": "a", "code": "b"})


def _read_by_another() -> Supplier:
    # medication reads codes and is not touched by them
    feed = CanonicalFeed(table="medication_order", source="SREvent", sql="concept.code.sql")
    return changed(canonical=(*TPP.definition.canonical, feed))


@pytest.mark.parametrize(
    "made",
    [
        _with_look_up,
        _with_owner_through,
        _with_rule,
        _with_sharing_table,
        _with_directory,
        _read_by_another,
    ],
)
def test_each_way_to_need_a_table_keeps_it_with_the_others(made: Callable[[], Supplier]) -> None:
    assert "SRCode" in may_wait(TPP)
    assert "SRCode" not in may_wait(made())
