"""A platform database that is no file below the home is read table by table."""

from pathlib import Path

import pytest
from sqlalchemy import text

from lds_assets.database import connect
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import Delivery, PracticeRecord, State
from lds_assets.purge.canaries import Canaries, hashed
from lds_assets.purge.names import Names
from lds_assets.purge.proof import _is_walked
from lds_assets.purge.scan import Scan
from lds_assets.purge.scan_database import scan_database
from lds_assets.purge.scan_file import Finding

NAMES = Names("A99001", {"acme": frozenset({"0b5a1b20-0000-4000-8000-00000000000a"})})
CANARY, OTHER = "9990000018", "9990000026"
CANARIES = Canaries("salt", frozenset({hashed("salt", CANARY)}))


def test_rows_that_name_it_and_canaries_are_found_in_every_table(database: str) -> None:
    engine = connect(database)
    ledger = Ledger(engine)
    ledger.record(Delivery("acme/g/1", "acme", "g", "g/1", "full", None, State.LOADED))
    for code in ("A99001", "A99002"):
        ledger.record_practice(PracticeRecord("acme/g/1", code, "LOADED"))
    with engine.begin() as connection:
        connection.execute(text("create table left_over (number integer, note varchar(80))"))
        for note in ("a99001 once", f"see {CANARY}", f"see {CANARY} again", f"see {OTHER}"):
            connection.execute(text("insert into left_over values (1, :note)"), {"note": note})
    scan = Scan()
    scan_database(engine, NAMES, CANARIES, scan)
    found = {(each.path, each.what): each.count for each in scan.findings}
    assert found == {
        ("database/ledger_practice", "organisation"): 1,
        ("database/ledger_event", "organisation"): 1,
        ("database/left_over", "organisation"): 1,
        ("database/left_over", "canary"): 1,
    }
    assert Finding("database/left_over", "canary", "left_over", 1) in scan.findings
    assert {"database/gov_event", "database/left_over"} <= scan.kinds.keys()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "walked"),
    [
        ("sqlite:////home/lds/platform.db", True),
        ("sqlite:////elsewhere/platform.db", False),
        ("postgresql+psycopg2://lds@/lds", False),
    ],
)
def test_a_database_the_walk_does_not_meet_is_asked(url: str, walked: bool) -> None:
    assert _is_walked(url, Path("/home/lds")) is walked
