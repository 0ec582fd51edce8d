"""What a supplier folder must declare.

``defs.yaml`` of a folder is one ``SupplierDefinition``. The core reads only declared properties;
nothing outside a folder knows the supplier's name.
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ManifestRules(_Declared):
    """A manifest that lists the files of a delivery.

    Attributes:
        file: name of the manifest file; it arrives last and completes the delivery.
        unlisted: files that belong to every delivery and are not listed in it.
        date_form: ``strptime`` form of its dates, local time of the feed.
        dates_exempt: files whose dates are always blank.
        count_column: how many records each listed file holds, if the manifest says so; a file of
            another number is set aside with its delivery.
    """

    file: str
    unlisted: tuple[str, ...] = ()
    file_column: str
    delta_column: str
    from_column: str
    to_column: str
    date_form: str
    dates_exempt: tuple[str, ...] = ()
    count_column: str = ""


class DeliveryRules(_Declared):
    """How a delivery looks on disk, below ``landing/<code>``.

    Attributes:
        folder: regular expression over the folder's path relative to ``landing/<code>`` (posix),
            named groups ``group`` and, where the folder carries it, ``extracted_at``.
        file: regular expression over the file name; named groups among ``kind``, ``number``,
            ``schema``, ``table``, ``extracted_at``, ``group``, ``encrypted``.
        table: table name built from the groups of ``file``, e.g. ``{schema}_{table}``.
        extracted_at: ``strptime`` form of the ``extracted_at`` group.
        time_zone: zone of that time and of all wall-clock times in the files.
        full_kinds: words of ``kind`` (any case) that mean a full extract; others are deltas.
        full_numbers: names without a word of kind may come, and this regular expression tells the
            ``number`` of a full extract; others are deltas. What is told so is noted, and marks of
            deletion in such a full extract make its practices wait.
        manifest: set when a manifest says what is in the delivery and which files are full.
        needs_every_table: true when each delivery holds every file of the dictionary.
    """

    folder: str
    file: str
    table: str
    extracted_at: str
    time_zone: str = "Europe/London"
    full_kinds: tuple[str, ...] = ()
    full_numbers: str = ""
    manifest: ManifestRules | None = None
    needs_every_table: bool = False


class FormatRules(_Declared):
    """How text becomes values.

    Attributes:
        form: ``csv``, or ``json_lines``: one object a line, its keys being the columns.
        encoding: Python codec name of the files.
        dates: ``strptime`` forms of date columns, tried in order; likewise ``timestamps``.
        guid_braces: GUIDs may come as ``{UPPER}``; the lake keeps lower case without braces.
        true_words, false_words: accepted spellings of booleans, lower case.
    """

    form: Literal["csv", "json_lines"] = "csv"
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    new_line: str = "\r\n"
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    timestamps: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S",)
    true_words: tuple[str, ...] = ("true",)
    false_words: tuple[str, ...] = ("false",)


class OwnerThrough(_Declared):
    """Rows owned by the practices that own the linked rows of another table."""

    table: str
    local: str
    foreign: str


class Publisher(_Declared):
    """Which practice publishes a row. Exactly one form is declared.

    Attributes:
        column: the column that names the publisher (ODS code, or the supplier's own id of it).
        through: the row belongs to the owners of linked rows (delivered or already stored);
            a row linked to several practices is stored once for each.
        shared: reference rows that belong to nobody (code lists, public organisation rows).
    """

    column: str | None = None
    through: OwnerThrough | None = None
    shared: bool = False

    @model_validator(mode="after")
    def _exactly_one(self) -> "Publisher":
        if sum((self.column is not None, self.through is not None, self.shared)) != 1:
            raise ValueError("declare exactly one of column, through, shared")
        return self


class Lands(StrEnum):
    """What becomes of a raw table's rows in the canonical model."""

    CANONICAL = "canonical"  #: rows become rows of OLIDS tables
    MERGED = "merged"  #: rows complete rows of another table
    LOOKUP = "lookup"  #: rows are read to resolve values, or drive governance
    NOT_MODELLED = "not_modelled"  #: kept raw; no OLIDS table takes them yet


class LookBack(_Declared):
    """A window that the supplier cuts records off by: one that passes out of it comes as deleted.

    Such a deletion says nothing about the record, nor does a further full extract that lacks it;
    what was known of it stays, unless the deployment wants otherwise
    (``Settings.look_back_deletions``).

    Attributes:
        ended: date columns; the record ended on the earliest that its last live row holds.
        years: length of the window, by the day of the extract that deletes.
        takes_along: column by which rows of other tables belong to such a record, if any do: a
            full extract that leaves it out leaves them out too, and they stay with it.
    """

    ended: tuple[str, ...] = Field(min_length=1)
    years: int = Field(ge=1)
    takes_along: str = ""


class TableRules(_Declared):
    """One file kind of the feed that is loaded.

    Attributes:
        name: the supplier's table name, a table of ``tables.csv``.
        key: columns that identify a record within its publisher.
        deleted: column that marks a deleted record, if any: true, or one of ``deleted_words``.
        deleted_words: words (lower case) of a text column ``deleted`` that mark a deletion.
        look_back: set when a deletion may mean that the record ended too long ago.
        dictionary: a table of nobody's that comes whole again and again; only new and changed rows
            are stored, and rows that vanish are kept (history refers to them).
        unchanged_by: columns of a dictionary table that differ by delivery without any meaning.
        lands, lands_reason: what the canonical stage does with its rows and why.
    """

    name: str
    key: tuple[str, ...]
    publisher: Publisher
    deleted: str | None = None
    deleted_words: tuple[str, ...] = ()
    look_back: LookBack | None = None
    dictionary: bool = False
    unchanged_by: tuple[str, ...] = ()
    lands: Lands
    lands_reason: str = ""

    @model_validator(mode="after")
    def _lists_are_nobodys(self) -> "TableRules":
        if self.dictionary and not self.publisher.shared:
            raise ValueError("a dictionary table belongs to nobody: publisher: {shared: true}")
        return self


class LookUp(_Declared):
    """Rows of a feed's source found by what a row of another table says of their code or patient.

    Attributes:
        local: columns of the source.
        foreign: columns of the other table they are equal to, in the same order.
        where: condition (SQL over columns of the other table, as the lake spells them) of the
            rows that matter.
    """

    local: tuple[str, ...]
    foreign: tuple[str, ...]
    where: str = "true"

    @model_validator(mode="after")
    def _paired(self) -> "LookUp":
        if not self.local or len(self.local) != len(self.foreign):
            raise ValueError("local and foreign name the same number of columns, at least one")
        return self


class WithheldRule(_Declared):
    """Rows that are kept raw and become no OLIDS rows.

    Attributes:
        reason: what they are counted under, per practice and table.
        column: every table with this column whose rows land is tested, but for those that the
            rule itself reads.
        tables: further tables that are tested.
        sql: file under ``withheld/``: one select of the rows of ``tested`` that stay. A rule
            that a deployment may switch asks ``lds_gate_rule(name)``.
        decided_by: tables whose newly stored rows may release or withhold the tested rows that
            point at them. Feeds of tested tables declare ``replaces``.
    """

    reason: str = Field(pattern=r"^[A-Z][A-Z_]+$")
    column: str = ""
    tables: tuple[str, ...] = ()
    sql: str = Field(pattern=r"^[a-z0-9_]+\.sql$")
    decided_by: dict[str, LookUp] = Field(default_factory=dict)


class CanonicalFeed(_Declared):
    """One select that turns raw rows into rows of one OLIDS table.

    Attributes:
        table: the OLIDS table.
        source: the raw table whose rows become its rows (supplier's spelling).
        sql: file name under ``canonical/``; default ``<table>.sql``.
        touched_by: other tables whose rows change the result, with the columns of theirs that hold
            the key of ``source`` (in key order). Their relation is cut to the touched keys.
        looks_up: other tables whose newly stored rows change the result of the source rows that
            point at them: a code that comes after its rows, a registration after its records.
        replaces: a touched source key may now yield fewer or other rows than before; those it no
            longer yields are deleted. Rows carry ``lds_source_key``.
        id_of_key: ``id`` is made of the publisher and the source's key columns alone: what a key
            yielded before has the id of what it yields now, so stored ids need no comparing.
        counted: false when the same source rows are accounted by another feed.
    """

    table: str
    source: str
    sql: str = Field(default="", pattern=r"^([a-z0-9_.]+\.sql)?$")
    touched_by: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    looks_up: dict[str, LookUp] = Field(default_factory=dict)
    replaces: bool = False
    id_of_key: bool = False
    counted: bool = True

    @model_validator(mode="after")
    def _replaces(self) -> "CanonicalFeed":
        if self.id_of_key and not self.replaces:
            raise ValueError("id_of_key says how rows are replaced: declare replaces too")
        return self

    @property
    def file(self) -> str:
        """File name of the select under ``canonical/``."""
        return self.sql or f"{self.table}.sql"


class SupplierSide(_Declared):
    """A table that tells, practice by practice, whether the supplier shows it as sharing.

    Attributes:
        table: one row per organisation of the group, in every delivery.
        organisation: column with the supplier's own id of the organisation.
        activated, disabled, deleted: its flags; empty text is no.
        modified: when the supplier last changed the row, if told: an older row than one known is
            a stale copy, and what the newest showed goes on to count.
        group_is_agreement: a delivery's group is the sharing agreement that the register names.
    """

    table: str
    organisation: str
    activated: str
    disabled: str
    deleted: str
    modified: str = ""
    group_is_agreement: bool = False


class GuardRules(_Declared):
    """What of a practice's rows in a delivery waits for two persons.

    Attributes:
        watched: tables of records whose loss is weighed.
        share: part of a practice's stored records of one table that one delivery may remove, by
            marks of deletion or by a full file that lacks them.
        at_least: fewer records than this are never held.
        announced_full: a further full extract of a practice waits, unless it was announced.
    """

    watched: tuple[str, ...] = ()
    share: float = Field(default=0.2, gt=0, lt=1)
    at_least: int = Field(default=20, ge=1)
    announced_full: bool = False


class TableGroup(_Declared):
    """Tables that tell of one side of a practice's work, watched together for freshness.

    Attributes:
        name: what people call it, e.g. ``prescribing``.
        tables: the supplier's tables.
        max_quiet_days: so many days without a row of them, or without a newer event, are usual.
    """

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    tables: tuple[str, ...] = Field(min_length=1)
    max_quiet_days: int = Field(ge=1)


class VersionRule(_Declared):
    """The feed has this version when the named table's header has (or lacks) a column.

    ``has`` empty and ``lacks`` empty means: the table's file is there.
    """

    version: str
    table: str
    has: str = ""
    lacks: str = ""


class SupplierDefinition(_Declared):
    """A supplier: identity, how it delivers, what its files hold, what they become."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    supplier_code: str  #: code in the governance register, e.g. EMIS
    dataset: str  #: lds_source_dataset label
    mechanism: str  #: id of seeds/governance/integration_mechanism.csv
    extract: str  #: extract id consents name
    #: an extract is due so many days after the one before, and late so many hours after that
    cadence_days: int = Field(default=1, ge=1)
    grace_hours: int = Field(default=24, ge=0)
    #: what is watched for freshness; tables in no group are not. Without any, all are, as one
    table_groups: tuple[TableGroup, ...] = ()
    owners: tuple[str, ...] = ("team:data-operations",)
    delivery: DeliveryRules
    format: FormatRules
    publisher_identity: Literal["ods_code", "supplier_id"]
    #: table and columns that give the ODS code of a supplier id (when publishers are ids)
    publisher_directory: dict[str, str] | None = None
    supplier_side: SupplierSide | None = None
    guards: GuardRules = GuardRules()
    versions: tuple[VersionRule, ...] = ()
    #: documented type -> one of text, guid, bigint, double, decimal, date, time, timestamp,
    #: boolean (timestamp: wall-clock time as supplied; time: text HH:MM:SS)
    types: dict[str, str]
    #: "Table.Column" -> lake type, where the document is wrong
    type_corrections: dict[str, str] = Field(default_factory=dict)
    #: columns that the feed carries beside the dictionary: table "*" for all
    extra_columns: dict[str, dict[str, str]] = Field(default_factory=dict)
    #: header spellings of old versions -> the dictionary's spelling
    aliases: dict[str, str] = Field(default_factory=dict)
    #: which columns a header must have: every one of its version, or the key columns
    required_columns: Literal["version", "key"] = "version"
    tables: tuple[TableRules, ...]
    #: columns, of whatever table, that tell when a row happened or was entered: what a purge from
    #: a day on goes by within deliveries that were sent before it
    dated_by: tuple[str, ...] = ()
    canonical: tuple[CanonicalFeed, ...]
    #: rows that stay raw; the first rule that withholds a row counts it
    withheld: tuple[WithheldRule, ...] = ()

    @model_validator(mode="after")
    def _grouped_once(self) -> "SupplierDefinition":
        grouped = [table for group in self.table_groups for table in group.tables]
        unknown = sorted(set(grouped) - {table.name for table in self.tables})
        if unknown or len(grouped) != len(set(grouped)):
            told = f"{', '.join(unknown)} not among its tables" if unknown else "a table in two"
            raise ValueError(f"table_groups: {told}")
        return self

    @property
    def watched(self) -> tuple[TableGroup, ...]:
        """Table groups watched for freshness: a feed that declares none is not left unwatched."""
        if self.table_groups:
            return self.table_groups
        owned = tuple(table.name for table in self.tables if not table.publisher.shared)
        return (TableGroup(name="all", tables=owned, max_quiet_days=7),) if owned else ()

    @property
    def of_practices(self) -> frozenset[str]:
        """Tables that hold practices' records; the others are nobody's."""
        return frozenset(table.name for table in self.tables if not table.publisher.shared)

    def table(self, name: str) -> TableRules:
        """Return the rules of a table by the supplier's spelling."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(f"{self.code} has no table {name}")
