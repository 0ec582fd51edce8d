"""What became of every raw row: landed in the canonical model, or why not.

For each raw table whose rows become OLIDS rows: rows kept raw = rows landed + rows superseded +
each named non-landing. The parts are counted apart, so that a row lost shows.
"""

from collections import Counter
from pathlib import Path

from lds_assets.canonical.mentions import mentioned
from lds_assets.canonical.relations import Batch, RawRelations
from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import literal
from lds_assets.raw.tables import SHARED
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import Lands

#: table (supplier's spelling), practice -> reason -> rows; LANDED is what raw kept
Account = dict[tuple[str, str], Counter[str]]

NOT_LANDED = "not_landed.sql"
PAST_WINDOW = "PAST_WINDOW"


def account(batch: Batch, relations: RawRelations) -> Account:
    """Count the fate of a batch's raw rows, per raw table and practice.

    Call when the batch is in raw and in canonical, with the relations it was standardised with.
    Reasons: ``CANONICAL``, ``SUPERSEDED`` (a newer version of the record is known),
    ``PAST_WINDOW`` (a deletion that says only that the record ended longer ago than the supplier
    looks back: what was known stays), and those of the supplier's ``not_landed.sql`` and rules
    that withhold rows.
    """
    result: Account = {}
    reasons = _not_landed(batch, relations)
    for rules in batch.supplier.definition.tables:
        if rules.lands is not Lands.CANONICAL or rules.publisher.shared:
            continue
        table = snake_case(rules.name)
        if not relations.is_delivered(table):
            continue
        newest = relations.of_delivery(table)
        current = _by_publisher(batch, newest)
        kept = _by_publisher(batch, f"({relations.past_window(table)})")
        for practice, rows in _by_publisher(batch, relations.delivered(table)).items():
            past = kept[practice]
            fates = {
                "LANDED": rows,
                PAST_WINDOW: past,
                "SUPERSEDED": rows - current[practice] - past,
            }
            result[rules.name, practice] = Counter(fates)
        withheld = relations.withholding.count(batch.connection, table, newest)
        for practice, reason, rows in withheld:
            result[rules.name, practice][reason] += rows
        _add_landed(batch, rules.name, result)
        for (source, practice, reason), rows in reasons.items():
            if source == table and (rules.name, practice) in result:
                result[rules.name, practice][reason] += rows
    return {key: +counts for key, counts in result.items()}


def _by_publisher(batch: Batch, relation: str) -> Counter[str]:
    rows = batch.connection.execute(
        f"select publisher_organisation_code, count(*) from {relation} group by all"
    ).fetchall()
    return Counter({str(code): int(count) for code, count in rows})


def _add_landed(batch: Batch, source: str, result: Account) -> None:
    code = batch.supplier.code
    for feed in batch.supplier.definition.canonical:
        if feed.source != source or not feed.counted:
            continue
        lake = canonical_table(batch.settings, feed.table)
        files = lake.files(publishers=list(batch.publishers), sequence=batch.sequence)
        name = literal(f"{code}/{Path(feed.file).stem}")
        rows = batch.connection.execute(
            "select publisher_organisation_code, count(distinct lds_row_number) from "
            f"({lake.select(files)}) where lds_feed = {name} and lds_load_sequence = "
            f"{batch.sequence} and lds_source_sequence = {batch.sequence} group by all"
        ).fetchall()
        for practice, count in rows:
            if (source, str(practice)) in result:
                result[source, str(practice)]["CANONICAL"] += int(count)


def _not_landed(batch: Batch, relations: RawRelations) -> Counter[tuple[str, str, str]]:
    if not (batch.supplier.folder / "canonical" / NOT_LANDED).exists():
        return Counter()
    select = batch.supplier.select(NOT_LANDED).rstrip().rstrip(";")
    rules = {snake_case(table.name): table for table in batch.supplier.definition.tables}
    for name in sorted(mentioned(select)):
        if rules[name].publisher.shared or rules[name].lands is not Lands.CANONICAL:
            relations.whole(name)
        else:
            relations.of_delivery(name)
    where = f"{batch.supplier.code}/canonical/{NOT_LANDED}"
    with without_values("the select of non-landing rows failed", where):
        rows = batch.connection.execute(
            "select source_table, publisher_organisation_code, reason, "
            f"count(distinct lds_row_number) from (\n{select}\n) "
            f"where publisher_organisation_code <> {literal(SHARED)} group by all"
        ).fetchall()
    return Counter({(str(t), str(p), str(r)): int(n) for t, p, r, n in rows})
