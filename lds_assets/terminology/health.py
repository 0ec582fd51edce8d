"""Mapping health as the published marts show it, for people and for checks."""

from dataclasses import dataclass

import duckdb

from lds_assets.errors import Refused
from lds_assets.lake.session import without_values
from lds_assets.marts.publish import DATABASE
from lds_assets.resources import Settings

MART = "mart_mapping_health"

_OF_ONE = f"select code_system, mapping_state, record_count, code_count from {MART}"
#: Codes of several practices do not add up: the mart of the codes says each once.
_OF_ALL = (
    "select code_system, mapping_state, sum(record_count) as record_count, "
    "count(*) as code_count from mart_concept_mapping group by code_system, mapping_state"
)


@dataclass(frozen=True)
class MappingHealth:
    """Records of one code system whose codes are in one state.

    Attributes:
        mapping_state: ``mapped``, ``unmapped``, ``root``, ``retired``, ``undecided``, ``missing``.
        code_count: distinct codes; over several practices each counts once.
        share: of the system's records, 0 to 1.
    """

    code_system: str
    mapping_state: str
    record_count: int
    code_count: int
    share: float


def mapping_health(settings: Settings, practice: str = "") -> list[MappingHealth]:
    """Return the counts by code system and state, the most records first.

    Args:
        practice: ODS code; blank means every practice in the release.

    Raises:
        Refused: no marts are published yet, or they do not show the practice.
    """
    database = settings.marts / DATABASE
    if not database.exists():
        raise Refused(
            "there are no marts to read",
            where=DATABASE,
            done="nothing was counted",
            to_do="lds run",
        )
    with (
        without_values("mapping health could not be read", MART),
        duckdb.connect(str(database), read_only=True) as connection,
    ):
        counted = f"{_OF_ONE} where practice_code = ?" if practice else _OF_ALL
        rows = connection.execute(
            "select code_system, mapping_state, cast(record_count as bigint), "
            "cast(code_count as bigint), "
            "record_count / sum(record_count) over (partition by code_system) "
            f"from ({counted}) order by 3 desc, 1, 2",
            [practice] if practice else [],
        ).fetchall()
    if practice and not rows:
        raise Refused(
            f"the published marts show no coded record of {practice}",
            where=MART,
            done="nothing was counted",
            to_do=f"lds why {practice}",
            code="PRACTICE_NOT_SHOWN",
        )
    return [MappingHealth(str(row[0]), str(row[1]), *row[2:]) for row in rows]
