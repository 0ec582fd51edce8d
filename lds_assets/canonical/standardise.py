"""Canonical: a supplier's selects turn raw rows into versions of OLIDS rows.

Touched source keys are recomputed from the current raw rows and appended; ids that a full file or
a changed record no longer yields get a deleted version. The newest version of an id is the one
with the highest load sequence. Rule source: ADR 0002.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lds_assets.canonical.former import FormerRows
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch, RawRelations
from lds_assets.canonical.superseded import Superseded
from lds_assets.canonical.tables import (
    SHARED_TABLES,
    canonical_table,
    key_columns,
    own_columns,
    select_columns,
    stored_columns,
)
from lds_assets.canonical.touched import PAIR
from lds_assets.errors import Held
from lds_assets.lake.delta import ActiveFile, LakeTable, StagedFile
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import count_repeated, identifier, literal
from lds_assets.raw.tables import SHARED, application
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed


@dataclass
class CanonicalLoad:
    """What a batch wrote.

    Attributes:
        rows: versions written per OLIDS table and practice (``shared`` for nobody's).
        deletions: of these, versions that delete an id no longer delivered.
        superseded: counts of first full loads' rows that the versions supersede, where known.
    """

    rows: dict[str, Counter[str]] = field(default_factory=dict)
    deletions: Counter[str] = field(default_factory=Counter)
    superseded: list[Superseded] = field(default_factory=list)


class Standardiser:
    """Runs a supplier's selects over one batch.

    Attributes:
        relations: what the selects read.
    """

    def __init__(self, batch: Batch, extracted_at: datetime, transformed_at: datetime) -> None:
        """Open the relations and macros of the batch on its connection.

        Args:
            extracted_at: extract time of the delivery, UTC.
            transformed_at: transform time stamped on every version, UTC.
        """
        self._batch = batch
        self._extracted_at = extracted_at
        self._transformed_at = transformed_at
        self._connection = batch.connection
        register(
            self._connection,
            batch.supplier.definition.dataset,
            batch.supplier.macros,
            batch.settings.gate_rules,
        )
        self.relations = RawRelations(batch)

    def run(self) -> CanonicalLoad:
        """Write every OLIDS table the supplier feeds; one commit per table."""
        result = CanonicalLoad()
        feeds: dict[str, list[CanonicalFeed]] = {}
        for feed in self._batch.supplier.definition.canonical:
            feeds.setdefault(feed.table, []).append(feed)
        for table, own in feeds.items():
            self._table(table, own, result)
        return result

    def _table(self, table: str, feeds: Sequence[CanonicalFeed], result: CanonicalLoad) -> None:
        lake = canonical_table(self._batch.settings, table)
        code = self._batch.supplier.code
        publishers = [SHARED] if table in SHARED_TABLES else list(self._batch.publishers)
        since = {each: lake.transaction(application(code, each)) for each in publishers}
        missing = [each for each in publishers if since[each] < self._batch.sequence]
        if table in SHARED_TABLES:
            # another practice loaded alone later may bring words not seen before
            missing = publishers
        staged: list[StagedFile] = []
        if missing:
            stored = lake.files(publishers=missing, without=self._batch.unfinished)
            try:
                if table in SHARED_TABLES:
                    staged = self._shared(lake, table, feeds, stored)
                else:
                    for feed in feeds:
                        staged += self._feed(lake, feed, missing, stored, result, since)
            except Exception:
                lake.discard(staged)
                raise
            marks = {application(code, publisher): self._batch.sequence for publisher in missing}
            if staged or table not in SHARED_TABLES:
                lake.commit(staged, marks)
        written = result.rows.setdefault(table, Counter())
        for file in lake.files(publishers=publishers, sequence=self._batch.sequence):
            written[file.publisher] += file.rows

    def _select(self, feed: CanonicalFeed) -> str:
        """Return a feed's select, cast to the stored columns that it yields itself."""
        text = self._batch.supplier.select(feed.file).rstrip().rstrip(";")
        columns = ", ".join(
            f"cast({identifier(name)} as {kind}) as {identifier(name)}"
            for name, kind in select_columns(feed.table).items()
        )
        return f"select {columns} from (\n{text}\n)"

    def _versions(self, feed: CanonicalFeed, is_base: bool) -> str:
        """Return a select of the versions a feed yields, with every stored column."""
        definition = self._batch.supplier.definition
        core = {
            "source_extraction_date": "lds_extracted_at",
            "lds_source_dataset": literal(definition.dataset),
            "lds_transform_datetime": f"timestamp '{self._transformed_at:%Y-%m-%d %H:%M:%S}'",
            "lds_source_sequence": "lds_load_sequence",
            "lds_feed": self._name(feed),
            "lds_load_sequence": str(self._batch.sequence),
            "lds_is_base": "true" if is_base else "false",
        }
        columns = ", ".join(
            f"{core.get(name, identifier(name))} as {identifier(name)}"
            for name in stored_columns(feed.table)
        )
        return f"select {columns} from ({self._select(feed)})"

    def _feed(
        self,
        lake: LakeTable,
        feed: CanonicalFeed,
        publishers: Sequence[str],
        stored: Sequence[ActiveFile],
        result: CanonicalLoad,
        since: Mapping[str, int],
    ) -> list[StagedFile]:
        where = f"{self._batch.supplier.code}/canonical/{feed.file}"
        if not self.relations.has_news(feed, since):
            return []
        with without_values(f"select for {feed.table} failed", where):
            self.relations.prepare(feed, self._batch.supplier.select(feed.file), since)
            source = snake_case(feed.source)
            full = self.relations.is_full(source)
            base = full and not stored
            listed = ", ".join(literal(publisher) for publisher in publishers)
            staged = lake.stage(
                self._connection,
                f"select * from ({self._versions(feed, base)}) "
                f"where publisher_organisation_code in ({listed})",
                self._batch.sequence,
            )
            self._refuse_repeats(lake, feed, staged)
            if stored and (full or feed.replaces):
                deletions = self._deletions(lake, feed, full, stored, staged, result)
                result.deletions[feed.table] += sum(file.rows for file in deletions)
                staged += deletions
            if feed.table == "patient" and self.relations.outdated(source):
                staged += lake.stage(
                    self._connection, self._left_out(feed, publishers), self._batch.sequence
                )
        return staged

    def _left_out(self, feed: CanonicalFeed, publishers: Sequence[str]) -> str:
        """Return deleted versions of patients who arrive late and a newer full file leaves out.

        They were never live here; their deletion takes their records along all the same.
        """
        listed = ", ".join(literal(publisher) for publisher in publishers)
        return (
            "select version.* replace (case when lds_is_deleted then source_extraction_date else "
            "full_at end as source_extraction_date, true as lds_is_deleted, cast(null as bigint) "
            f"as lds_source_sequence) from ({self._versions(feed, is_base=False)}) as version "
            "inner join outdated using (publisher_organisation_code, lds_source_key) "
            f"where publisher_organisation_code in ({listed})"
        )

    def _refuse_repeats(
        self, lake: LakeTable, feed: CanonicalFeed, staged: Sequence[StagedFile]
    ) -> None:
        """Hold the batch when a select yields an id twice: a join multiplied rows."""
        if not staged:
            return
        written = [lake.active(file) for file in staged]
        keys = [identifier(name) for name in key_columns(feed.table)]
        repeated = count_repeated(self._connection, lake.select(written), keys)
        if repeated:
            lake.discard(staged)
            raise Held(
                f"{feed.table}: {repeated} ids are yielded more than once",
                where=f"{self._batch.supplier.code}/canonical/{feed.file}",
                done="nothing of this table was stored for this delivery",
                to_do="mend the select: a join multiplies rows, or the key is not unique",
                code="REPEATED_ID",
            )

    def _deletions(
        self,
        lake: LakeTable,
        feed: CanonicalFeed,
        full: bool,
        stored: Sequence[ActiveFile],
        staged: Sequence[StagedFile],
        result: CanonicalLoad,
    ) -> list[StagedFile]:
        """Stage the deletion of live ids that the source no longer yields.

        Where ids follow from keys, only those of keys that yield nothing now are compared, and what
        the look at them tells of first full loads is noted.
        """
        written = [lake.active(file) for file in staged]
        scope = self._scope(feed, full)
        if feed.id_of_key and not full:
            former = FormerRows(self._batch, lake, feed.table, self._name(feed))
            some_gone = former.find(self.relations.touched, stored, lake.select(written))
            feeds = [e for e in self._batch.supplier.definition.canonical if e.table == feed.table]
            if len(feeds) == 1:
                result.superseded += former.superseded(stored, written)
            if not some_gone:
                return []
            scope = _of_keys("unyielded")
        gone = self._gone(lake, feed, scope, stored, written)
        return lake.stage(self._connection, gone, self._batch.sequence)

    def _scope(self, feed: CanonicalFeed, full: bool) -> str:
        """Return the condition of stored rows whose ids may be gone.

        On a full file: every row of a publisher the file holds, and of keys touched beside it.
        Else: rows of the touched source keys.
        """
        if full:
            delivered = self.relations.delivered(snake_case(feed.source))
            own = (
                f"publisher_organisation_code in (select distinct publisher_organisation_code "
                f"from {delivered})"
            )
            beside = self.relations.beside if feed.replaces else ""
            return f"({own} or {_of_keys(beside)})" if beside else own
        return _of_keys(self.relations.touched)

    def _name(self, feed: CanonicalFeed) -> str:
        """Return the literal that tells a feed's rows from those of others in its table."""
        return literal(f"{self._batch.supplier.code}/{feed.file.removesuffix('.sql')}")

    def _gone(
        self,
        lake: LakeTable,
        feed: CanonicalFeed,
        scope: str,
        stored: Sequence[ActiveFile],
        written: Sequence[ActiveFile],
    ) -> str:
        """Return deleted versions of live ids within a scope that the source no longer yields."""
        feed_name = self._name(feed)
        columns = {name: "null" for name in own_columns(feed.table)}
        columns |= {
            name: identifier(name)
            for name in ("id", "patient_id", *stored_columns(feed.table))
            if name in {"id", "patient_id", "publisher_organisation_code", "lds_source_key"}
            and name in stored_columns(feed.table)
        }
        columns |= {
            "lds_source_record_id": f"lds_hash('4:gone' || lds_part(id) || "
            f"lds_part({self._batch.sequence}))",
            "lds_source_sequence": "null",
            "lds_row_number": "null",
            "lds_feed": feed_name,
            "lds_load_sequence": str(self._batch.sequence),
            "lds_is_base": "false",
            "lds_is_deleted": "true",
            "source_extraction_date": f"timestamp '{self._extracted_at:%Y-%m-%d %H:%M:%S}'",
            "lds_source_dataset": literal(self._batch.supplier.definition.dataset),
            "lds_transform_datetime": f"timestamp '{self._transformed_at:%Y-%m-%d %H:%M:%S}'",
        }
        chosen = ", ".join(f"{columns[name]} as {identifier(name)}" for name in lake.columns)
        live = (
            f"select {_newest('id', 'patient_id' in lake.columns)} from "
            f"({lake.select(stored)}) where lds_feed = {feed_name} and {scope} "
            "group by id having not arg_max(lds_is_deleted, lds_load_sequence)"
        )
        return (
            f"select {chosen} from ({live}) where id not in "
            f"(select id from ({lake.select(written)}))"
        )

    def _shared(
        self,
        lake: LakeTable,
        table: str,
        feeds: Sequence[CanonicalFeed],
        stored: Sequence[ActiveFile],
    ) -> list[StagedFile]:
        """Write rows of nobody's tables that are new or differ from this supplier's stored row."""
        rows = f"incoming_{table}"
        self._connection.execute(f"drop table if exists {rows}")
        news = [feed for feed in feeds if self.relations.has_news(feed, {})]
        for feed in news:
            where = f"{self._batch.supplier.code}/canonical/{feed.file}"
            with without_values(f"select for {table} failed", where):
                self.relations.prepare(feed, self._batch.supplier.select(feed.file), {})
                is_first = feed is news[0]
                into = f"create temp table {rows} as" if is_first else f"insert into {rows}"
                self._connection.execute(
                    f"{into} select *, {feeds.index(feed)} as feed_place "
                    f"from ({self._versions(feed, False)})"
                )
        if not news:
            return []
        keys = [identifier(name) for name in key_columns(table)]
        compared = [
            identifier(name) for name in own_columns(table) if name not in key_columns(table)
        ]
        on = " and ".join(f"held.{key} is not distinct from incoming.{key}" for key in keys)
        differs = " or ".join(f"held.{name} is distinct from incoming.{name}" for name in compared)
        dataset = literal(self._batch.supplier.definition.dataset)
        order = "source_extraction_date desc, feed_place, lds_row_number desc, lds_source_key"
        silent = "false"
        if table == "concept":
            # a record may name a code without its term: what is known stays
            order = f"display is null, {order}"
            silent = "incoming.display is null and held.display is not null"
        with without_values(f"rows of {table} could not be compared", table):
            return lake.stage(
                self._connection,
                f"select incoming.* replace ({literal(SHARED)} as publisher_organisation_code) "
                f"from (select * from {rows} qualify row_number() over "
                f"(partition by {', '.join(keys)} order by {order}) = 1) as incoming "
                f"left join (select * from ({lake.select(stored)}) where lds_source_dataset = "
                f"{dataset} qualify row_number() over (partition by {', '.join(keys)} "
                "order by lds_load_sequence desc) = 1) as held "
                f"on {on} where held.{keys[0]} is null or ({differs}) and "
                "incoming.source_extraction_date >= held.source_extraction_date "
                f"and not ({silent})",
                self._batch.sequence,
            )


def _of_keys(keys: str) -> str:
    """Return the condition of rows whose source keys a relation holds."""
    return f"({PAIR}) in (select {PAIR} from {keys})"


def _newest(key: str, has_patient: bool) -> str:
    carried = ["publisher_organisation_code", "lds_source_key"]
    if has_patient:
        carried.append("patient_id")
    return ", ".join([key, *(f"arg_max({name}, lds_load_sequence) as {name}" for name in carried)])
