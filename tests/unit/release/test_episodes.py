"""Which registration an encounter falls into, by hand: `release.relations` joins it when read."""

from datetime import date

import duckdb
import pytest

from lds_assets.release.relations import episodes_of

#: id, patient, start, end, deleted
EPISODES = [
    ("first", "p1", "2020-01-01", "2022-06-01", False),
    ("hub", "p1", "2021-05-01", None, False),
    ("undone", "p1", "2021-06-01", None, True),
    ("other", "p2", "2019-01-01", None, False),
]


@pytest.mark.parametrize(
    ("patient", "day", "episode"),
    [
        ("p1", "2019-12-31", None),
        ("p1", "2020-01-01", "first"),
        ("p1", "2021-04-30", "first"),
        # two are open: the one begun last; a deleted one never counts
        ("p1", "2021-07-01", "hub"),
        # the day a registration ends is no day of it
        ("p1", "2022-06-01", "hub"),
        ("p2", "2021-07-01", "other"),
        ("p3", "2021-07-01", None),
        ("p1", None, None),
    ],
)
def test_the_episode_open_on_the_day_is_joined(
    patient: str, day: str | None, episode: str | None
) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table episode_of_care (id varchar, patient_id varchar, "
            "episode_of_care_start_date date, episode_of_care_end_date date, "
            "lds_is_deleted boolean)"
        )
        connection.executemany("insert into episode_of_care values (?, ?, ?, ?, ?)", EPISODES)
        connection.execute("create table record (id varchar, patient_id varchar, day date)")
        connection.execute(
            "insert into record values ('e', ?, ?)", [patient, day and date.fromisoformat(day)]
        )
        rows = "select id, patient_id, day as clinical_effective_date from record"
        found = connection.execute(episodes_of(rows, "main")).fetchall()
    assert found == ([("e", episode)] if episode else [])
