"""The platform database on both engines it runs on: SQLite, and a PostgreSQL of the test's own.

A private cluster is made once a session: on a Unix socket, as a user who is not root, gone at the
end. A machine without PostgreSQL fails these tests and is told what to install.
"""

import importlib
import os
import pkgutil
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, create_engine, text

import lds_assets

INSTALL = "these tests need PostgreSQL 13 or later: apt-get install postgresql"
_DEBIAN = Path("/usr/lib/postgresql")
#: First version whose clusters can order texts as a language does without the system's locales.
_ICU = 15
_numbers = count(1)

#: Name of a database -> SQLAlchemy URL of one that is empty.
Databases = Callable[[str], str]


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL; every database asked for is a schema of its own."""

    socket: Path

    def url(self, schema: str = "public") -> str:
        """Return the URL of a schema."""
        options = quote(f"-csearch_path={schema}")
        user = pwd.getpwuid(_owner()).pw_name
        return f"postgresql+psycopg2://{user}@/postgres?host={self.socket}&options={options}"

    def fresh(self) -> str:
        """Make an empty schema and return its URL."""
        schema = f"platform_{os.getpid()}_{next(_numbers)}"
        engine = create_engine(self.url())
        with engine.begin() as connection:
            connection.execute(text(f"create schema {schema}"))
        engine.dispose()
        return self.url(schema)


def _program(name: str) -> str:
    """Find a program of PostgreSQL; Debian keeps them away from the path."""
    found = shutil.which(name)
    if found:
        return found
    kept = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda each: float(each.parts[-3]))
    if not kept:
        pytest.fail(INSTALL, pytrace=False)
    return str(kept[-1])


def _version(program: str) -> int:
    """Return the major version of a program of PostgreSQL."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"[0-9]+", told)[0])


def _owner() -> int:
    """Return who runs the cluster: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return os.geteuid()
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        pytest.fail(INSTALL, pytrace=False)


def _run(*command: str) -> None:
    done = subprocess.run(
        command,
        user=_owner(),
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(Path(command[-1]).parent)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{Path(command[0]).name}: {done.stderr}{done.stdout}", pytrace=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A private cluster for the session."""
    initdb, control = _program("initdb"), _program("pg_ctl")
    # short: the path of a Unix socket has at most 107 characters
    folder = Path(tempfile.mkdtemp(prefix="lds-pg-"))
    os.chown(folder, _owner(), -1)
    data, log = str(folder / "data"), str(folder / "log")
    # a clock that is not UTC's, and an order of texts that is not Python's: as clusters have them
    options = (
        f"-F -c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=400 "
        "-c timezone=Europe/London"
    )
    english = ("--locale-provider=icu", "--icu-locale=en-GB") if _version(initdb) >= _ICU else ()
    try:
        _run(initdb, "--auth=trust", "--encoding=UTF8", "--no-sync", *english, "--pgdata", data)
        _run(control, "start", "--wait", "--silent", "--log", log, "--options", options, "-D", data)
        yield Cluster(folder)
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            _run(control, "stop", "--mode=immediate", "--silent", "-D", data)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Make databases by name, on the engine of the parameter."""
    if request.param == "sqlite":
        return lambda name: f"sqlite:///{tmp_path / name}.db"
    cluster: Cluster = request.getfixturevalue("postgres")
    return lambda _name: cluster.fresh()


@pytest.fixture
def database(databases: Databases) -> str:
    """One empty platform database."""
    return databases("platform")


def every_table() -> None:
    """Import the whole program: a table is known once its module is."""
    for module in pkgutil.walk_packages(lds_assets.__path__, "lds_assets."):
        importlib.import_module(module.name)


def tamper(engine: Engine, statement: str) -> None:
    """Change the register behind the platform's back, its triggers removed."""
    drops = {
        "sqlite": ["drop trigger gov_event_no_update", "drop trigger gov_event_no_delete"],
        "postgresql": ["drop trigger gov_event_append_only on gov_event"],
    }
    with engine.begin() as connection:
        for each in (*drops[engine.dialect.name], statement):
            connection.execute(text(each))
