"""Records that a further full extract leaves out for the supplier's look-back window alone.

They are no longer sent because they ended too long ago; what was known when they were last sent
stays, with everything that belongs to them. Rule source: EMIS extract semantics 3; settings hold
the policy.
"""

from lds_assets.canonical.stored import Batch
from lds_assets.canonical.touched import TouchedKeys
from lds_assets.lake.sql import identifier
from lds_assets.raw.tables import stored_deletion
from lds_assets.schema.naming import snake_case

_PUBLISHER = "publisher_organisation_code"


class LeftOut(TouchedKeys):
    """Finds, table by table, the stored rows that outlive a full extract without them."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch)
        self._are_left: dict[str, bool] = {}
        self._outliving: set[str] = set()
        self._governing: dict[str, tuple[str, str]] = {}
        if batch.settings.look_back_deletions == "keep":
            for name, rules in self._tables.items():
                if rules.look_back is not None:
                    self._govern(name, rules.look_back.takes_along)

    def _govern(self, owner: str, column: str) -> None:
        """Note the tables whose rows stay with the records of one: table, column of their key."""
        dictionary = self._batch.supplier.dictionary
        for name, rules in self._tables.items():
            if column and column in {each.name for each in dictionary[rules.name].columns}:
                self._governing[name] = owner, identifier(snake_case(column))
        self._governing[owner] = owner, "lds_source_key"

    def outliving(self, table: str, rows: str) -> str:
        """Return a select of those of the given rows that outlive their last full extract.

        Empty when no record of the batch's practices was left out for its window.

        Args:
            rows: select of stored rows of the table.
        """
        if table not in self._governing:
            return ""
        owner, key = self._governing[table]
        if not self._left(owner):
            return ""
        if table not in self._outliving:
            # rows before the full extract that last held the record do not count either
            self._connection.execute(
                f"create or replace temp table outliving_{table} as select left_out.*, "
                "max(loads.lds_extracted_at) filter (where loads.lds_extracted_at <= seen_at) as "
                "since, max(loads.lds_extracted_at) as until from "
                f"left_{owner} as left_out inner join {self.loads_table(table)} as loads "
                f"using ({_PUBLISHER}) where loads.lds_is_full group by all"
            )
            self._outliving.add(table)
        return (
            f"select rows.* from ({rows}) as rows inner join outliving_{table} as stay on "
            f"stay.{_PUBLISHER} = rows.{_PUBLISHER} and stay.key = cast(rows.{key} as varchar) "
            "where rows.lds_extracted_at < stay.until and "
            "(stay.since is null or rows.lds_extracted_at >= stay.since)"
        )

    def _left(self, table: str) -> bool:
        """Make ``left_<table>``: keys left out, and when they were last sent; say if any."""
        if table not in self._are_left:
            self._are_left[table] = bool(self.outdated_by(table)) and self._make_left(table)
        return self._are_left[table]

    def _make_left(self, table: str) -> bool:
        rules = self._tables[table]
        if rules.look_back is None:
            return False
        rows = f"select * from {self.stored(table)}"
        if self.keeps_past_window(table):
            rows += f" anti join past_{table} using (lds_source_record_id)"
        ended = ", ".join(identifier(snake_case(column)) for column in rules.look_back.ended)
        row = self._connection.execute(
            f"create or replace temp table left_{table} as select {_PUBLISHER}, key, seen_at from "
            f"(select {_PUBLISHER}, lds_source_key as key, max(lds_extracted_at) as seen_at, "
            f"arg_max({{'gone': {stored_deletion(rules)}, 'ended': least({ended})}}, "
            "(lds_extracted_at, lds_load_sequence, lds_row_number)) as last "
            f"from ({rows}) group by all) inner join (select {_PUBLISHER}, lds_extracted_at as "
            f"full_at from {self.loads_table(table)} where lds_is_full) using ({_PUBLISHER}) "
            "where full_at > seen_at group by all having not last.gone and last.ended <= "
            f"cast(min(full_at) as date) - interval {rules.look_back.years} year"
        ).fetchone()
        return bool(row and row[0])
