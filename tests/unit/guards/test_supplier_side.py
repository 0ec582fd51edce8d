"""What a supplier shows of its practices becomes governance events, whenever deliveries come.

The EMIS sample has one group with the practices X99901 and X99902; its agreement rows are changed.
"""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.guards.supplier_side import Feed, observe, shown_in
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.notice import notice
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import SUPPLIERS, suppliers
from tests.unit.gate.world import World

GROUP = "0E000000-0000-4000-8000-0000000E0001"
FIRST, SECOND = "X99901", "X99902"
GUID = {
    FIRST: "{000000A1-0000-4000-8000-000000000001}",
    SECOND: "{000000A1-0000-4000-8000-000000000002}",
}
#: IsActivated, Disabled, Deleted of a row
FLAGS = {
    "ACTIVE": ("true", "false", "false"),
    "PRESENT_NOT_ACTIVATED": ("false", "false", "false"),
    "DISABLED": ("true", "true", "false"),
    "DELETED": ("true", "true", "true"),
}


class Group:
    """The sample's group, delivery by delivery."""

    def __init__(self, home: Path, **system: str) -> None:
        self.settings = Settings(home=home, threads=1)
        engine = connect(f"sqlite:///{home / 'platform.db'}")
        self.register = Register(engine)
        world = World().drop("practice_consent.csv").drop("practice_system.csv")
        world = world.drop("agreement_party.csv").drop("agreement_party.csv", 1)
        for place, code in enumerate((FIRST, SECOND)):
            world = world.change("practice.csv", place, practice_code=code)
        world = world.change("practice_system.csv", 0, practice_code=FIRST, **system)
        self.register.import_folder(world.write(home / "governance"))
        supplier = suppliers()["emis"]
        self.feed = Feed(self.settings, engine, self.register, Ledger(engine), supplier)

    def receive(
        self,
        name: str,
        shown: Mapping[str, str],
        changed: Mapping[str, str] | None = None,
        more: Iterable[tuple[str, str, str]] = (),
    ) -> int:
        """Let a day's delivery come, showing the practices so; look at it.

        Args:
            changed: when the rows of practices were last changed; blank for the others.
            more: further rows: practice, what it shows, when it was last changed.

        Days after the sample's delta have its files under their own names.
        """
        folder = self.settings.landing / "emis" / GROUP / name
        source = min(name, DELTA)
        shutil.copytree(SUPPLIERS / "emis" / "samples" / GROUP / source, folder)
        for path in list(folder.iterdir()):
            path.rename(folder / path.name.replace(f"_{source}", f"_{name}"))
        (table,) = folder.glob("*_Agreements_SharingOrganisation_*")
        lines = ['"OrganisationGuid","IsActivated","LastModifiedDate","Disabled","Deleted"']
        told = [(code, state, (changed or {}).get(code, "")) for code, state in shown.items()]
        for code, state, at in (*told, *more):
            activated, disabled, deleted = FLAGS[state]
            lines.append(f'"{GUID[code]}","{activated}","{at}","{disabled}","{deleted}"')
        table.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
        notice(self.feed.supplier, self.settings, self.feed.ledger)
        return observe(self.feed)

    def seen(self, practice: str = FIRST) -> list[tuple[str, str]]:
        """Return the states the register knows, each with its day."""
        moves = self.register.state().observations.get((practice, "EMIS"), [])
        return [(move.state, move.on.isoformat()) for move in moves]


@pytest.fixture
def group(tmp_path: Path) -> Group:
    (tmp_path / "var").mkdir()
    return Group(tmp_path / "var")


BULK, DELTA = "20260110", "20260111"
BOTH = {FIRST: "ACTIVE", SECOND: "ACTIVE"}


@pytest.mark.parametrize("state", ["DISABLED", "DELETED", "PRESENT_NOT_ACTIVATED"])
def test_a_flag_that_changes_is_an_event_of_the_extract_s_day(group: Group, state: str) -> None:
    assert group.receive(BULK, BOTH) == 2
    assert group.receive(DELTA, {**BOTH, FIRST: state}) == 1

    assert group.seen() == [("ACTIVE", "2026-01-10"), (state, "2026-01-11")]
    assert group.seen(SECOND) == [("ACTIVE", "2026-01-10")]
    last = group.register.events()[-1]
    assert last.evidence_ref.startswith("emis/") and DELTA in last.evidence_ref


def test_a_practice_no_longer_listed_is_absent(group: Group) -> None:
    group.receive(BULK, BOTH)
    group.receive(DELTA, {SECOND: "ACTIVE"})

    assert group.seen() == [("ACTIVE", "2026-01-10"), ("ABSENT", "2026-01-11")]
    newest = group.feed.ledger.deliveries("emis")[-1].delivery_id
    assert shown_in(group.feed.engine, newest) == {FIRST: "ABSENT", SECOND: "ACTIVE"}


def test_the_order_of_arrival_changes_nothing(group: Group) -> None:
    # the delta comes first: it is held for want of a bulk, and judged once the bulk is there
    group.receive(DELTA, {**BOTH, FIRST: "DISABLED"})
    group.receive(BULK, BOTH)

    assert group.seen() == [("ACTIVE", "2026-01-10"), ("DISABLED", "2026-01-11")]


def test_a_late_delivery_never_turns_the_state_back(group: Group) -> None:
    group.receive(BULK, BOTH)
    group.receive("20260113", BOTH)

    assert group.receive(DELTA, {**BOTH, FIRST: "DISABLED"}) == 0

    assert group.seen() == [("ACTIVE", "2026-01-10")]
    late = next(e for e in group.feed.ledger.deliveries("emis") if DELTA in e.delivery_id)
    shown = shown_in(group.feed.engine, late.delivery_id)
    assert shown is not None and shown[FIRST] == "DISABLED"


def test_a_practice_that_shares_again_is_active_from_that_day(group: Group) -> None:
    group.receive(BULK, BOTH)
    group.receive(DELTA, {**BOTH, FIRST: "DISABLED"})
    group.receive("20260112", {**BOTH, FIRST: "DISABLED"})
    group.receive("20260113", BOTH)

    assert group.seen() == [
        ("ACTIVE", "2026-01-10"),
        ("DISABLED", "2026-01-11"),
        ("ACTIVE", "2026-01-13"),
    ]


def test_looking_again_records_nothing(group: Group) -> None:
    group.receive(BULK, BOTH)
    before = len(group.register.events())

    assert observe(group.feed) == 0
    assert len(group.register.events()) == before


def test_another_agreement_than_the_practice_s_own_does_not_speak_for_it(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    other = Group(
        tmp_path / "var", agreement_id="{0E000000-0000-4000-8000-00000000FFFF}", supplier_org_id=""
    )

    other.receive(BULK, {**BOTH, FIRST: "DISABLED"})

    assert other.seen() == []
    assert other.seen(SECOND) == [("ACTIVE", "2026-01-10")]
