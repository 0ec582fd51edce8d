"""Names tell deliveries and strangers."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from lds_assets.landing.find import canonical_group, copy_id, find, short_id, utc_instant
from lds_assets.landing.parts import base_of, part_of
from tests.unit.landing.world import GROUP, acme, bolt


def test_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    found = find(acme(tmp_path / "code/acme"), tmp_path / "nowhere")
    assert (found.deliveries, found.strangers) == ((), ())


def test_files_of_one_folder_stamp_kind_and_number_are_one_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "in/some" / GROUP.upper() / "20261101"
    folder.mkdir(parents=True)
    stamp = "20261101000500"
    names = [
        f"bulk_7_Patient_{stamp}_{GROUP}.csv",
        f"bulk_7_Entry_{stamp}_{{{GROUP.upper()}}}.csv.gpg",
        f"Delta_8_Entry_{stamp}_{GROUP}.csv".lower(),
        f"bulk_7_Unheard_{stamp}_{GROUP}.csv",
    ]
    for name in names:
        (folder / name).write_text("")
    found = find(acme(tmp_path / "code/acme"), tmp_path / "in")
    assert found.strangers == ()
    bulk, delta = found.deliveries
    assert bulk.base_id == f"acme/{GROUP}/20261101T000500/bulk-7"
    assert delta.base_id == f"acme/{GROUP}/20261101T000500/delta-8"
    assert [(each.table, each.is_encrypted) for each in bulk.files] == [
        ("Entry", True),
        ("Patient", False),
        ("", False),
    ]
    assert bulk.files[0].plain_name.endswith(".csv")
    assert (bulk.kind_word, bulk.number, bulk.group_id) == ("bulk", "7", GROUP)


def test_a_manifest_belongs_to_the_delivery_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in/g1/20261101_1200"
    folder.mkdir(parents=True)
    for name in ("SRManifest.csv", "SRPatient.csv"):
        (folder / name).write_text("")
    (found,) = find(bolt(tmp_path / "code/bolt"), tmp_path / "in").deliveries
    assert [each.is_manifest for each in found.files] == [True, False]
    assert found.extracted_at == datetime(2026, 11, 1, 12)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20260101_0000", "2026-01-01T00:00:00"),
        ("20260701_0030", "2026-06-30T23:30:00"),
        ("20260329_0059", "2026-03-29T00:59:00"),
        ("20260329_0200", "2026-03-29T01:00:00"),
        ("20261025_0159", "2026-10-25T00:59:00"),
        ("20261025_0200", "2026-10-25T02:00:00"),
    ],
)
def test_wall_clock_times_of_london_become_utc(text: str, utc: str) -> None:
    assert utc_instant(text, "%Y%m%d_%H%M", "Europe/London").isoformat() == utc


def test_only_guids_are_written_one_way() -> None:
    assert canonical_group(f"{{{GROUP.upper()}}}") == GROUP
    assert canonical_group("YX_07Y") == "YX_07Y"
    assert canonical_group("x" * 36) == "x" * 36


def test_long_paths_make_short_different_ids() -> None:
    one, other = short_id("a" * 500), short_id("a" * 501)
    assert (len(one), len(other)) == (380, 380)
    assert one != other
    assert short_id("a/b") == "a/b"


def test_a_delivery_s_id_leaves_room_for_its_parts_and_changes() -> None:
    """The ledger's column takes 400 characters, and so does every table that names deliveries."""
    base = "tpp/" + "g" * 270 + "/20261120T043300"
    one, other = (copy_id(base, f"{'deep/' * 40}{day}") for day in (1, 2))
    assert one != other
    assert len(part_of(one, "T" * 50)) + len("#0123abcd") <= 400
    assert base_of(one) == base_of(other) == base
    assert copy_id("tpp/g/1", "again/1") == "tpp/g/1@again/1"


def test_a_group_with_an_endless_name_makes_an_id_the_ledger_takes(tmp_path: Path) -> None:
    supplier = bolt(tmp_path / "code/bolt")
    delivery = supplier.definition.delivery.model_copy(
        update={"folder": "(?P<group>.*)/(?P<extracted_at>[0-9_]+)"}
    )
    definition = supplier.definition.model_copy(update={"delivery": delivery})
    folder = tmp_path / "in" / ("g" * 200) / ("h" * 200) / "20261101_1200"
    folder.mkdir(parents=True)
    (folder / "SRCode.csv").write_bytes(b"")
    (found,) = find(replace(supplier, definition=definition), tmp_path / "in").deliveries
    assert len(found.base_id) == 320
    assert found.group_id == f"{'g' * 200}/{'h' * 200}"
