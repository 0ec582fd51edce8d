"""Rows that name no owner are told by the rows they point at, from before the erasing."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import duckdb
import pytest

from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import session
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.layers import Work
from lds_assets.purge.links import Links, read, write
from lds_assets.purge.links_sample import LinkSampler
from lds_assets.purge.names import Names
from lds_assets.purge.proof import _linked, _of_the_practice_alone
from lds_assets.purge.proof_cut import _Seeing
from lds_assets.purge.scan import scan
from lds_assets.purge.scan_file import Finding
from lds_assets.purge.scan_rules import FeedRules, TableRule, feed_rules
from lds_assets.purge.scan_text import Row
from lds_assets.purge.scan_text import records as count_records
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import suppliers

OWN = "c60d3016-ee0c-4adf-bf6a-ac504463256e"
OTHER = "d60d3016-ee0c-4adf-bf6a-ac504463256e"
MINE, THEIRS = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NAMES = Names("F86045", {"emis": frozenset({OWN})})
FEEDS = tuple(map(feed_rules, suppliers().values()))
SESSIONS = "emis/Appointment_Session/AppointmentSessionGuid"


def _file(home: Path, path: str, header: str, *rows: str) -> Path:
    place = home / "landing" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("\r\n".join((header, *rows, "")), encoding="utf-8")
    return place


def _settings(home: Path) -> Settings:
    settings = Settings(home=home)
    settings.work.mkdir(exist_ok=True)
    return settings


def _sampled(home: Path, names: Names = NAMES) -> Links:
    settings = _settings(home)
    with session(settings) as connection:
        return LinkSampler(settings, connection, FEEDS, names, "salt").links()


def _found(home: Path, links: Links, names: Names = NAMES) -> set[Finding]:
    settings = _settings(home)
    roots = [settings.landing, settings.lake]
    seen = scan(settings, names, Canaries.of("salt", []), suppliers().values(), roots, links)
    platform = SimpleNamespace(settings=settings, suppliers=suppliers())
    work = cast(Work, SimpleNamespace(platform=platform))
    own = _of_the_practice_alone(work, names, links, seen)
    return {*seen.findings, *_linked(seen, own)}


def _sessions(home: Path) -> Path:
    return _file(
        home, "emis/g/1/x_Appointment_Session_1.csv", "OrganisationGuid,AppointmentSessionGuid",
        f"{{{OWN.upper()}}},{{{MINE}}}", f"{OTHER},{THEIRS}",
    )  # fmt: skip


def _users(home: Path) -> Path:
    return _file(
        home, "emis/g/1/x_Appointment_SessionUser_1.csv", "UserInRoleGuid,SessionGuid",
        f"1,{{{MINE}}}", f"2,{THEIRS}", f"3,{MINE}", "4,", "5,00000000-0000-4000-8000-000000000003",
    )  # fmt: skip


def test_rows_that_point_at_the_practice_s_rows_are_found_when_these_are_gone(
    tmp_path: Path,
) -> None:
    sessions, users = _sessions(tmp_path), _users(tmp_path)
    links = _sampled(tmp_path)
    assert links.of(SESSIONS) == {links.hash_of(MINE)}
    _file(tmp_path, "emis/g/1/x_Appointment_Session_1.csv", "OrganisationGuid", OTHER)
    assert sessions.is_file()
    told = Finding(f"landing/emis/g/1/{users.name}", "linked", f"sessionguid to {SESSIONS}", 2)
    assert _found(tmp_path, links) == {told}
    users.write_text(f"UserInRoleGuid,SessionGuid\r\n2,{THEIRS}\r\n", encoding="utf-8")
    assert _found(tmp_path, links) == set()


def test_rows_of_raw_are_found_in_whoever_s_partition(tmp_path: Path) -> None:
    raw = tmp_path / "lake/raw_emis"
    for table, code, column, key in (
        ("appointment_session", "F86045", "appointment_session_guid", MINE),
        ("appointment_session", "G84624", "appointment_session_guid", THEIRS),
        ("appointment_session_user", "G84624", "session_guid", MINE),
        ("appointment_session_user", "E85023", "session_guid", THEIRS),
    ):
        folder = raw / table / f"{PARTITION}={code}"
        folder.mkdir(parents=True)
        rows = f"select '{key}' as {column} from range(3)"
        duckdb.execute(f"copy ({rows}) to '{folder / 'x.parquet'}' (format parquet)")
    links = _sampled(tmp_path)
    own = raw / "appointment_session" / f"{PARTITION}=F86045" / "x.parquet"
    shutil.rmtree(own.parent)
    path = f"lake/raw_emis/appointment_session_user/{PARTITION}=G84624/x.parquet"
    assert _found(tmp_path, links) == {Finding(path, "linked", f"sessionguid to {SESSIONS}", 3)}


def test_what_another_practice_has_too_is_not_the_practice_s_alone(tmp_path: Path) -> None:
    """Staff with a post at both stay, and those of nobody's post are nobody's."""
    header = "RowIdentifier,IDOrganisation,IDStaffMember"
    posts = ("1,F86045,100", "2,G84624,200", "3,F86045,200", "4,F86045001,300", "5,,300")
    place = _file(tmp_path, "tpp/g/1/SRStaffMemberProfile.csv", header, *posts)
    staff = ("RowIdentifier,Name", "100,A", "200,B", "300,C", "400,D")
    _file(tmp_path, "tpp/g/1/SRStaffMember.csv", *staff)
    links = _sampled(tmp_path)
    assert links.count == 3
    _file(tmp_path, "tpp/g/1/SRStaffMemberProfile.csv", header, posts[1], posts[4])
    (found,) = _found(tmp_path, links)
    assert place.is_file()
    assert (found.path, found.what, found.count) == (
        "landing/tpp/g/1/SRStaffMember.csv",
        "linked",
        2,
    )


@pytest.mark.parametrize(
    ("link", "cell", "own"),
    [(MINE, MINE, True), (MINE, f"{{{MINE.upper()}}}", True), (MINE, THEIRS, False)],
)
def test_a_purge_from_a_day_on_knows_such_rows_too(link: str, cell: str, own: bool) -> None:
    keys = Links("salt", {SESSIONS: frozenset({Links("salt").hash_of(link)})})
    emis = next(each for each in FEEDS if each.code == "emis")
    seeing = _Seeing(cast(Work, None), cast("object", None), NAMES, keys)  # type: ignore[arg-type]
    rule = emis.rule("x_Appointment_SessionUser_1.csv")
    assert seeing.is_own(rule, {"userinroleguid": "1", "sessionguid": cell}) is own


def test_keys_are_kept_as_hashes_and_an_earlier_version_kept_none(tmp_path: Path) -> None:
    links = Links("salt", {SESSIONS: frozenset({Links("salt").hash_of(MINE)})})
    path = tmp_path / "links.json"
    write(links, path)
    assert MINE not in path.read_text(encoding="utf-8")
    assert read(path, "salt") == links
    assert not read(tmp_path / "none.json", "salt").are_known


BAR = FeedRules(
    "x", "csv", "|", "'", "'", "utf-8", (TableRule("patient", "patient", frozenset({"practice"})),)
)
LINES = BAR.__class__("x", "json_lines", ",", '"', '"', "utf-8", BAR.tables)


@pytest.mark.parametrize(
    ("feed", "data"),
    [
        (BAR, b"Practice|Name\r\nF86045|a\r\nG84624|'F86045|x'\r\nG84624|b\r\n"),
        (LINES, b'{"Practice": "F86045"}\n{"Practice": "G84624", "Text": "F86045|x"}\n'),
    ],
)
def test_the_records_of_any_declared_form_are_told_apart(feed: FeedRules, data: bytes) -> None:
    found = count_records([data[:9], data[9:]], feed, feed.tables[0], NAMES, Links())
    assert (found.own, found.named) == (1, 1)


def test_a_file_without_the_column_that_tells_is_the_practice_s_where_it_is_named() -> None:
    data = b"Surgery|Name\r\nF86045|a\r\nG84624|b\r\n"
    found = count_records([data], BAR, BAR.tables[0], NAMES, Links())
    assert (found.own, found.named) == (1, 0)
    assert Row(["a", "b"], None).of(("x",)) == ["a", "b"], "another form may be anybody's"
