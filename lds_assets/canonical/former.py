"""Stored rows of the keys a delivery touches: what they no longer yield, what they supersede.

Where an id follows from its source key, keys tell both. Rows of a first full load, nearly all that
are stored, are looked through once.
"""

from collections.abc import Sequence

from lds_assets.canonical.bases import parted
from lds_assets.canonical.stored import Batch
from lds_assets.canonical.superseded import Superseded, files_mark
from lds_assets.canonical.tables import EVENT_DATES
from lds_assets.canonical.touched import PAIR
from lds_assets.lake.delta import ActiveFile, LakeTable
from lds_assets.lake.sql import literal


class FormerRows:
    """Finds the stored rows of touched keys, of one feed whose ids follow from its keys."""

    def __init__(self, batch: Batch, lake: LakeTable, table: str, feed: str) -> None:
        """Name the feed.

        Args:
            table: OLIDS table; ``lake`` the table in the lake.
            feed: literal that tells the feed's rows in ``lds_feed``.
        """
        self._batch = batch
        self._connection = batch.connection
        self._lake = lake
        self._table = table
        self._feed = feed

    def find(self, touched: str, stored: Sequence[ActiveFile], written: str) -> bool:
        """Make ``unyielded``: touched keys with stored rows and no written one; say if any.

        Args:
            touched: relation of keys: practice and source key.
            stored: files that were there before.
            written: select of the rows the feed yields of the touched keys.
        """
        event = EVENT_DATES.get(self._table, "cast(null as date)")
        files = parted(stored)
        made = {
            "former_base": f"select {PAIR}, lds_source_dataset as dataset, "
            f"coalesce(lds_is_deleted, false) as gone, {event} as event from "
            f"({self._lake.select(files.base)}) semi join {touched} using ({PAIR}) "
            f"where lds_is_base and lds_feed = {self._feed}",
            "former_changes": f"select distinct {PAIR} from ({self._lake.select(files.changes)}) "
            f"semi join {touched} using ({PAIR}) where not lds_is_base and lds_feed = {self._feed}",
            "written_keys": f"select distinct {PAIR} from ({written})",
            "unyielded": f"select distinct {PAIR} from (select {PAIR} from former_base union all "
            f"select {PAIR} from former_changes) anti join written_keys using ({PAIR})",
        }
        for name, rows in made.items():
            self._connection.execute(f"create or replace temp table {name} as {rows}")
        return bool(self._connection.execute("select 1 from unyielded limit 1").fetchone())

    def superseded(
        self, stored: Sequence[ActiveFile], written: Sequence[ActiveFile]
    ) -> list[Superseded]:
        """Count what was found of first full loads and is superseded by this load, by practice.

        A key that yields nothing now and was deleted before is not written again.

        Args:
            stored: files that were there before; ``written`` those of the feed's rows.
        """
        dataset = self._batch.supplier.definition.dataset
        today = self._batch.settings.business_date()
        counted = self._connection.execute(
            "select publisher_organisation_code, count(*) filter (where not gone), count(*) filter "
            f"(where gone), max(event) filter (where event <= date '{today:%Y-%m-%d}'), "
            f"count(*) filter (where dataset is distinct from {literal(dataset)}) "
            f"from former_base anti join former_changes using ({PAIR}) "
            f"where not gone or ({PAIR}) in (select {PAIR} from written_keys) group by all"
        ).fetchall()
        found = {str(practice): counts for practice, *counts in counted}
        practices = found.keys() | {file.publisher for file in written}
        return [
            Superseded(
                self._table,
                practice,
                self._batch.sequence,
                dataset,
                files_mark(file.path for file in stored if file.publisher == practice),
                today,
                *found.get(practice, (0, 0, None))[:3],
            )
            for practice in sorted(practices)
            # rows of another name are left to who counts by rows
            if not found.get(practice, (0, 0, None, 0))[3]
        ]
