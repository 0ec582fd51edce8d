"""Two invented feeds and a landing folder to put their deliveries into.

``acme`` tells everything by file names and sends every table each time; ``bolt`` sends a manifest
and Windows-1252 text.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lds_assets.database import connect
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.notice import NoticeReport, Refusal, notice
from lds_assets.landing.states import Delivery
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import SupplierDefinition
from lds_assets.suppliers.registry import Supplier

GROUP = "0b5a1b20-0000-4000-8000-00000000000a"

#: table -> (column, version that brought it)
ACME = {
    "Patient": (("PatientId", "1"), ("Practice", "1"), ("Surname", "1"), ("Added", "2")),
    "Entry": (("EntryId", "1"), ("Practice", "1"), ("Text", "1")),
    "History": (("HistoryId", "2"), ("Practice", "2")),
}
BOLT = {
    "SRPatient": (("RowId", ""), ("Practice", ""), ("Surname", "")),
    "SRCode": (("RowId", ""), ("Practice", ""), ("Text", "")),
    "SRVisit": (("RowId", ""), ("Practice", ""), ("Text", "")),
    "SRMapping": (("RowId", ""), ("Text", "")),
    "SRUnused": (("RowId", ""), ("Text", "")),
}
ROWS: Mapping[str, Sequence[Sequence[str]]] = {
    "Patient": [("P1", "A99001", "Invented", "x")],
    "Entry": [("E1", "A99001", "text")],
    "History": [("H1", "A99001")],
}

Tables = Mapping[str, Sequence[tuple[str, str]]]


def supplier(folder: Path, tables: Tables, definition: Mapping[str, Any]) -> Supplier:
    """Return a supplier whose dictionary is written to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tables.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(
            ["file", "ordinal", "column", "data_type", "is_key", "description", "added_in_version"]
        )
        for table, columns in tables.items():
            for place, (name, version) in enumerate(columns, start=1):
                writer.writerow([table, place, name, "text", "no", "invented", version])
    common = {
        "dataset": "INVENTED",
        "mechanism": "INVENTED-BULK",
        "extract": "INVENTED-GP",
        "publisher_identity": "ods_code",
        "types": {"text": "text"},
        "canonical": (),
    }
    return Supplier(SupplierDefinition.model_validate({**common, **definition}), folder)


def acme(folder: Path) -> Supplier:
    """Return the feed that tells everything by names."""
    keys = {"Patient": "PatientId", "Entry": "EntryId", "History": "HistoryId"}
    return supplier(
        folder,
        ACME,
        {
            "code": "acme",
            "name": "Acme",
            "supplier_code": "ACME",
            "delivery": {
                "folder": r"(?:.*/)?(?P<group>[0-9a-fA-F-]{36})/\d{8}",
                "file": r"(?P<kind>[a-z]+)_(?P<number>\d+)_(?P<table>\w+?)_(?P<extracted_at>\d{14})"
                r"_(?P<group>[{]?[0-9a-fA-F-]{36}[}]?)\.csv(?P<encrypted>\.gpg)?",
                "table": "{table}",
                "extracted_at": "%Y%m%d%H%M%S",
                "full_kinds": ("bulk",),
                "needs_every_table": True,
            },
            "format": {},
            "versions": (
                {"version": "2", "table": "Patient", "has": "Added"},
                {"version": "1", "table": "Patient", "has": "Surname"},
            ),
            "aliases": {"Sirname": "Surname"},
            "tables": tuple(
                {
                    "name": name,
                    "key": (key,),
                    "publisher": {"column": "Practice"},
                    "lands": "canonical",
                }
                for name, key in keys.items()
            ),
        },
    )


def bolt(folder: Path) -> Supplier:
    """Return the feed with a manifest."""
    loaded = [
        {
            "name": name,
            "key": ("RowId",),
            "publisher": {"column": "Practice"},
            "deleted": "Removed",
            "lands": "canonical",
        }
        for name in ("SRPatient", "SRCode", "SRVisit")
    ]
    mapping = {
        "name": "SRMapping",
        "key": ("RowId",),
        "publisher": {"shared": True},
        "dictionary": True,
        "lands": "lookup",
    }
    return supplier(
        folder,
        BOLT,
        {
            "code": "bolt",
            "name": "Bolt",
            "supplier_code": "BOLT",
            "delivery": {
                "folder": r"(?P<group>[a-z0-9]+)/(?P<extracted_at>\d{8}_\d{4})",
                "file": r"(?P<table>SR\w+)\.csv(?P<encrypted>\.gpg)?",
                "table": "{table}",
                "extracted_at": "%Y%m%d_%H%M",
                "manifest": {
                    "file": "SRManifest.csv",
                    "unlisted": ("SRMapping",),
                    "file_column": "FileName",
                    "delta_column": "IsDelta",
                    "from_column": "From",
                    "to_column": "To",
                    "date_form": "%Y%m%d_%H%M",
                    "dates_exempt": ("SRUnused",),
                },
            },
            "format": {"encoding": "windows-1252"},
            "extra_columns": {"*": {"Removed": "boolean"}},
            "required_columns": "key",
            "tables": (*loaded, mapping),
        },
    )


def as_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Return rows as a quoted CSV text with CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


@dataclass
class World:
    """A landing folder with its ledger."""

    home: Path
    gnupg_home: Path | None = None
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(connect(f"sqlite:///{self.home / 'platform.db'}"))

    @property
    def settings(self) -> Settings:
        """Settings of the world."""
        return Settings(home=self.home, gnupg_home=self.gnupg_home)

    def look(self, feed: Supplier, refusal: Refusal | None = None) -> NoticeReport:
        """Look at a feed's landing folder."""
        return notice(feed, self.settings, self.ledger, refusal)

    def fates(self) -> dict[str, str]:
        """Return the ledger as delivery -> ``STATE REASON``, groups cut from the ids."""
        return {
            each.delivery_id.replace(f"{GROUP}/", ""): f"{each.state} {each.reason}".strip()
            for each in self.ledger.deliveries()
        }

    def row(self, identity: str) -> Delivery:
        """Return one delivery."""
        found = self.ledger.delivery(identity)
        assert found is not None, identity
        return found

    def fate(self, identity: str) -> tuple[str, str, str, str]:
        """Return state, reason, detail and advice of a delivery."""
        row = self.row(identity)
        return row.state, row.reason, row.detail, row.to_do

    # -- acme ---------------------------------------------------------------------------------

    def acme_file(self, day: int, table: str, kind: str = "delta", group: str = GROUP) -> Path:
        """Return where a file of acme lies."""
        folder = self.home / "landing/acme" / group / f"202611{day:02}"
        number = 100 + day
        return folder / f"{kind}_{number}_{table}_202611{day:02}000500_{group}.csv"

    def send_acme(
        self, day: int, kind: str = "delta", group: str = GROUP, text: str = "text"
    ) -> str:
        """Put a whole delivery of acme into landing; return its id."""
        for table, columns in ACME.items():
            rows = [[text if cell == "text" else cell for cell in row] for row in ROWS[table]]
            path = self.acme_file(day, table, kind, group)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_csv([[name for name, _ in columns], *rows]))
        return f"acme/{group}/202611{day:02}T000500/{kind}-{100 + day}"

    # -- bolt ---------------------------------------------------------------------------------

    def send_bolt(
        self,
        day: int,
        start: int | None,
        tables: Mapping[str, str] | None = None,
        *,
        text: str = "text",
        folder: str = "",
    ) -> str:
        """Put a delivery of bolt into landing; return its id.

        Args:
            day: end of its window, noon.
            start: day its window starts; None for a full delivery.
            tables: table -> ``Y`` or ``N`` (is it a delta); default SRPatient and SRCode.
            text: a value of its rows.
            folder: name of the folder when it is not that of the window's end.
        """
        listed = tables or dict.fromkeys(("SRPatient", "SRCode"), "N" if start is None else "Y")
        name = folder or f"202611{day:02}_1200"
        place = self.home / "landing/bolt/g1" / name
        place.mkdir(parents=True, exist_ok=True)
        manifest = [["FileName", "IsDelta", "IsReference", "From", "To"]]
        for table, delta in listed.items():
            begin = f"202611{start:02}_1200" if delta == "Y" else ""
            manifest.append([table, delta, "N", begin, f"202611{day:02}_1200"])
            rows = [["RowId", "Practice", "Surname" if table == "SRPatient" else "Text", "Removed"]]
            rows.append(["1", "A99001", text, "0"])
            (place / f"{table}.csv").write_bytes(as_csv(rows, "windows-1252"))
        (place / "SRMapping.csv").write_bytes(as_csv([["RowId", "Text"], ["1", "label"]]))
        (place / "SRManifest.csv").write_bytes(as_csv(manifest))
        local = datetime.strptime(name, "%Y%m%d_%H%M")
        return f"bolt/g1/{local:%Y%m%dT%H%M%S}"

    def bolt_file(self, day: int, table: str) -> Path:
        """Return where a file of bolt lies."""
        return self.home / "landing/bolt/g1" / f"202611{day:02}_1200" / f"{table}.csv"


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
