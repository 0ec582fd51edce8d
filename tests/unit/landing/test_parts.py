"""Ids, contents and kinds of parts, and which faults concern one table alone."""

from datetime import datetime

import pytest

from lds_assets.landing.manifest import Listing, Manifest
from lds_assets.landing.parts import (
    base_of,
    content_hash,
    cut,
    faults_apart,
    named_by,
    part_of,
    table_of,
    whole_of,
)
from lds_assets.landing.states import Delivery, DeliveryFile, Reason, State

FROM, TO = datetime(2026, 11, 19, 3, 20), datetime(2026, 11, 20, 4, 33)
WHOLE = "tpp/lds01/20261120T043300"
PRACTICES = frozenset({"SRPatient", "SRCode", "SREvent"})
MAY = frozenset({"SRCode", "SREvent"})


@pytest.mark.parametrize("whole", [WHOLE, f"{WHOLE}@a+b/20261120_0433", "tpp/a+b/20261120T043300"])
def test_the_id_of_a_part_names_its_delivery_and_table(whole: str) -> None:
    part = part_of(whole, "SRCode")
    assert (table_of(part), whole_of(part), named_by(part)) == ("SRCode", whole, whole)
    assert (table_of(whole), whole_of(whole), named_by(whole)) == ("", whole, whole)
    # a part stands after its delivery
    assert part > whole
    changed = f"{part}#0123abcd"
    assert (table_of(changed), whole_of(changed)) == ("SRCode", whole)
    assert named_by(changed) == f"{whole}#0123abcd"
    assert part_of(f"{whole}#0123abcd", "SRCode") == part


def test_copies_of_a_part_have_their_base_in_common_and_parts_differ() -> None:
    copy = part_of(f"{WHOLE}@again/20261120_0433", "SRCode")
    assert base_of(copy) == base_of(part_of(WHOLE, "SRCode"))
    assert base_of(copy) != base_of(WHOLE)
    assert base_of(copy) != base_of(part_of(WHOLE, "SREvent"))


def file(
    table: str, kind: str = "delta", *, state: State = State.VALIDATED, reason: str = ""
) -> DeliveryFile:
    """Return a file as it was judged."""
    start = FROM if kind == "delta" else None
    return DeliveryFile(
        WHOLE,
        f"{table}.csv",
        table,
        kind,
        10,
        1,
        state,
        plain_sha256=table,
        reason=reason,
        window_from=start,
        window_to=TO,
    )


def manifest(**deltas: bool) -> Manifest:
    listed = {
        name.lower(): Listing(name, is_delta, FROM if is_delta else None, TO)
        for name, is_delta in deltas.items()
    }
    return Manifest(listed, FROM, TO)


ALL = manifest(SRPatient=True, SRCode=True, SREvent=True)


def apart(files: list[DeliveryFile], missing: list[str], told: Manifest = ALL) -> dict[str, str]:
    found = faults_apart(told, files, missing, MAY, PRACTICES)
    return {table: f"{each.state} {each.reason}" for table, each in found.items()}


def test_a_missing_and_a_faulty_table_each_have_their_own_fault() -> None:
    held = file("SREvent", state=State.HELD, reason=Reason.DECRYPT_FAIL)
    assert apart([file("SRPatient"), held], ["SRCode"]) == {
        "SRCode": "INCOMPLETE FILES_MISSING",
        "SREvent": "HELD DECRYPT_FAIL",
    }


@pytest.mark.parametrize("missing", [["SRPatient"], ["SRCode", "SRPatient"], ["SRUnheardOf"]])
def test_what_others_need_or_nobody_knows_is_not_set_apart(missing: list[str]) -> None:
    assert apart([file("SREvent")], missing) == {}


@pytest.mark.parametrize("reason", [Reason.DELETES_MISSING, Reason.SPEC_UNKNOWN])
def test_a_fault_of_the_configuration_is_not_set_apart(reason: Reason) -> None:
    refused = file("SRCode", state=State.REFUSED, reason=reason)
    assert apart([file("SRPatient"), file("SREvent"), refused], []) == {}


def test_a_full_extract_and_one_of_which_nothing_is_left_are_not_cut() -> None:
    full = manifest(SRPatient=False, SRCode=False, SREvent=False)
    assert apart([file("SRPatient", "full"), file("SREvent", "full")], ["SRCode"], full) == {}
    assert apart([], ["SRCode"], manifest(SRCode=True)) == {}
    mixed = manifest(SRPatient=True, SRCode=False)
    assert apart([file("SRPatient")], ["SRCode"], mixed) == {"SRCode": "INCOMPLETE FILES_MISSING"}


def test_a_delivery_is_cut_without_losing_a_file() -> None:
    row = Delivery(
        WHOLE, "tpp", "lds01", "f", "mixed", TO, State.HELD, window_from=FROM, window_to=TO
    )
    files = [file("SRPatient"), file("SRCode", "full"), file("SREvent")]
    (rest, of_rest), (code, of_code) = cut(row, files, {"SRCode"}, PRACTICES)
    assert (rest.delivery_id, code.delivery_id) == (WHOLE, f"{WHOLE}+SRCode")
    assert [each.table_name for each in of_rest] == ["SRPatient", "SREvent"]
    assert [(each.table_name, each.delivery_id) for each in of_code] == [
        ("SRCode", f"{WHOLE}+SRCode")
    ]
    # one full table is no full extract: others must not be taken to be told by it
    assert (rest.kind, code.kind) == ("delta", "mixed")
    assert (rest.window_from, code.window_from) == (FROM, None)
    assert (rest.file_count, code.file_count, rest.state) == (2, 1, State.SEEN)
    assert rest.content_hash != code.content_hash


def test_two_quiet_windows_are_not_the_same_content() -> None:
    one, other = file("SRCode"), file("SRCode")
    assert content_hash([one]) == content_hash([other])
    later = DeliveryFile(**{**vars(other), "window_from": TO})
    assert content_hash([one]) != content_hash([later])
