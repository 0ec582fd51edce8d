"""The manifest of a delivery: which files it lists, which are full, over which window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lds_assets.landing.content import records
from lds_assets.landing.find import utc_instant
from lds_assets.landing.states import Reason
from lds_assets.suppliers.contract import FormatRules, ManifestRules


@dataclass(frozen=True)
class Listing:
    """One row of a manifest.

    Attributes:
        file: name without extension, as written.
        window_from: UTC without a zone; None means the full history, or exempt from dates.
        record_count: records the file should hold; None when the manifest does not say.
    """

    file: str
    is_delta: bool
    window_from: datetime | None
    window_to: datetime | None
    record_count: int | None = None

    @property
    def kind(self) -> str:
        """``full`` or ``delta``."""
        return "delta" if self.is_delta else "full"


@dataclass(frozen=True)
class Manifest:
    """What a delivery says about itself.

    Attributes:
        listings: by file name without extension, lower case.
        window_from: the one start of its delta files; None when none is a delta.
        window_to: the one end of its files.
    """

    listings: dict[str, Listing]
    window_from: datetime | None
    window_to: datetime


class ManifestFault(Exception):
    """A manifest that contradicts itself; the text names files and columns, never a value."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.reason = Reason.MANIFEST
        self.detail = detail


def stem(name: str) -> str:
    """Return a file's name as manifests write it: no extension, lower case.

    >>> stem("SRPatient.csv.gpg"), stem("SRPatient")
    ('srpatient', 'srpatient')
    """
    return name.partition(".")[0].lower()


def read_manifest(text: str, rules: ManifestRules, form: FormatRules, zone: str) -> Manifest:
    """Read a manifest and check that it agrees with itself.

    Raises:
        ManifestFault: a column is missing, a row cannot be read, or dates are not common.
    """
    rows = [row for row in records(text, form) if any(field.strip() for field in row)]
    if not rows:
        raise ManifestFault("the manifest is empty")
    places = _places(rows[0], rules)
    exempt = {stem(name) for name in rules.dates_exempt}
    listings: dict[str, Listing] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise ManifestFault(f"line {number} has {len(row)} fields, the header {len(rows[0])}")
        listing = _listing(row, places, number, rules, zone)
        key = stem(listing.file)
        if key in listings:
            raise ManifestFault(f"line {number} lists a file for the second time")
        if listing.is_delta and listing.window_from is None and key not in exempt:
            raise ManifestFault(f"line {number} is a delta without {rules.from_column}")
        listings[key] = listing
    dated = [each for key, each in listings.items() if key not in exempt]
    return Manifest(listings, _common_from(dated, rules), _common_to(dated, rules))


def _places(header: Sequence[str], rules: ManifestRules) -> list[int]:
    plain = [name.strip().strip("\ufeff").strip('"').lower() for name in header]
    wanted = [rules.file_column, rules.delta_column, rules.from_column, rules.to_column]
    wanted += [rules.count_column] if rules.count_column else []
    missing = [name for name in wanted if name.lower() not in plain]
    if missing:
        raise ManifestFault(f"the manifest lacks {', '.join(missing)}")
    return [plain.index(name.lower()) for name in wanted]


def _listing(
    row: Sequence[str], places: list[int], number: int, rules: ManifestRules, zone: str
) -> Listing:
    file, delta, start, end, *counts = (row[place].strip() for place in places)
    if delta.upper() not in {"Y", "N"}:
        raise ManifestFault(f"line {number}: {rules.delta_column} is neither Y nor N")
    try:
        window = [
            utc_instant(text, rules.date_form, zone) if text else None for text in (start, end)
        ]
    except ValueError:
        raise ManifestFault(f"line {number} has a date not of the form") from None
    if not all(text.isascii() and text.isdigit() for text in counts):
        raise ManifestFault(f"line {number}: {rules.count_column} is no number of records")
    count = int(counts[0]) if counts else None
    return Listing(file, delta.upper() == "Y", window[0], window[1], count)


def _common_to(dated: Sequence[Listing], rules: ManifestRules) -> datetime:
    ends = {each.window_to for each in dated if each.window_to is not None}
    if len(ends) != 1:
        raise ManifestFault(f"{rules.to_column} has {len(ends)} different values, not one")
    return ends.pop()


def _common_from(dated: Sequence[Listing], rules: ManifestRules) -> datetime | None:
    starts = {each.window_from for each in dated if each.is_delta}
    if len(starts) > 1:
        raise ManifestFault(
            f"{rules.from_column} has {len(starts)} different values among deltas, not one"
        )
    return starts.pop() if starts else None
