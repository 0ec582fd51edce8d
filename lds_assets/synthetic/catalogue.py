"""The clinical catalogue: invented codes, products, conditions and bundles from the seeds.

Loads ``seeds/terminology/fixture_*.csv`` into schema ``syn`` of a DuckDB connection and adds the
long tail: further codes that make a record look as varied as a real one.
"""

import csv

import duckdb

from lds_assets.resources import REPOSITORY
from lds_assets.synthetic.literal import literal, rows_of

TERMINOLOGY = REPOSITORY / "seeds" / "terminology"
LATE_CODE = "tail_late"
_ACUTE_FROM = "amoxicillin"
_D = ("0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
      "5987604321", "6598710432", "7659821043", "8765932104", "9876543210")  # fmt: skip
_P = ("0123456789", "1576283094", "5803796142", "8916043527",
      "9453126870", "4286573901", "2793806415", "7046913258")  # fmt: skip

#: entries every record starts with: kind, share of patients, lowest age
PROFILE = (
    ("ethnicity", 0.92, 0),
    ("marital", 0.55, 16),
    ("smoking", 0.8, 14),
    ("smoking", 0.3, 16),
    ("admin", 0.6, 0),
    ("allergy", 0.15, 0),
    ("immunisation", 0.7, 0),
    ("immunisation", 0.5, 0),
)


def passes_verhoeff(number: str) -> bool:
    """Say whether a number carries the check digit that every SNOMED CT identifier carries."""
    check = 0
    for position, digit in enumerate(reversed(number)):
        check = int(_D[check][int(_P[position % 8][int(digit)])])
    return check == 0


def failing_number(stem: int) -> str:
    """Return the stem with one more digit such that the check fails: no real code, ever."""
    right = next(digit for digit in range(10) if passes_verhoeff(f"{stem}{digit}"))
    return f"{stem}{(right + 1) % 10}"


def read_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a seed of ``seeds/terminology``."""
    with (TERMINOLOGY / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load_catalogue(connection: duckdb.DuckDBPyConnection, tail_codes: int) -> None:
    """Fill the lookup tables of schema ``syn``: codes, kinds, products, conditions, bundles."""
    _load_codes(connection, tail_codes)
    _load_drugs(connection)
    bundles = _load_bundles(connection)
    _load_conditions(connection, bundles)
    kinds = {
        row[0]: row[1]
        for row in connection.execute("select kind, kind_no from syn.kind").fetchall()
    }
    connection.execute(
        "create table syn.profile (part_no integer, kind_no integer, share double, min_age integer)"
    )
    profile = [(number, kinds[part[0]], *part[1:]) for number, part in enumerate(PROFILE)]
    connection.execute(f"insert into syn.profile values {rows_of(profile)}")


def _load_codes(connection: duckdb.DuckDBPyConnection, tail_codes: int) -> None:
    path = TERMINOLOGY / "fixture_codes.csv"
    connection.execute(
        f"""create table syn.code as
        select row_number() over () as code_no, code_key, term, kind, emis_category as category,
            snomed_code, snomed_description, emis_code_id::bigint as emis_code_id,
            read_code as read_term_id, ctv3_code, unit, mean::double as mean, sd::double as sd,
            range_low::double as range_low, range_high::double as range_high,
            coalesce(decimals::integer, 0) as decimals
        from read_csv('{path.as_posix()}', header = true, all_varchar = true)"""
    )
    first = connection.execute("select max(code_no) + 1 from syn.code").fetchone()
    assert first is not None
    rows = [_tail_code(number, LATE_CODE if not number else "") for number in range(tail_codes + 1)]
    for offset, row in enumerate(rows):
        row[0] = first[0] + offset
    _insert_codes(connection, rows)
    connection.execute(
        """create table syn.kind as
        select (row_number() over (order by kind))::integer as kind_no, kind,
            list(code_no order by code_no) as code_nos
        from syn.code group by kind"""
    )


def _insert_codes(connection: duckdb.DuckDBPyConnection, rows: list[list[object]]) -> None:
    names = "code_no code_key term kind category snomed_code snomed_description emis_code_id"
    names += " read_term_id ctv3_code"
    connection.execute(
        f"""insert into syn.code by name
        select *, 0 as decimals from (values {rows_of(rows)}) as tail({", ".join(names.split())})"""
    )


_TAIL_CATEGORIES = (
    "Symptoms and Findings",
    "Conditions, operations and procedures",
    "Administration, documents and attachments",
    "Personal Health and Social",
)


def _tail_code(number: int, key: str) -> list[object]:
    local = number % 8 == 7
    kind = "late" if key else "tail"
    return [
        0,
        key or f"tail_{number:04d}",
        f"Further entry {number:04d}",
        kind,
        "Unset" if local else _TAIL_CATEGORIES[number % 4],
        None if local else failing_number(99500000 + number),
        None if local else failing_number(9950000000 + number),
        int(failing_number(91000000000000000 + number)),
        f"EMISNQX{number:04d}" if local else f"!T{number:03d}"[:6],
        f"?T{number:03d}",
    ]


def _load_drugs(connection: duckdb.DuckDBPyConnection) -> None:
    path = TERMINOLOGY / "fixture_drugs.csv"
    connection.execute(
        f"""create table syn.drugcode as
        select (row_number() over ())::integer as drug_no_of_list, drug_key, term,
            emis_code_id::bigint as emis_code_id, dmd_code, bnf_code as bnf,
            quantity::double as quantity, quantity_unit, dosage,
            course_days::integer as course_days, cost::double as cost
        from read_csv('{path.as_posix()}', header = true, all_varchar = true)"""
    )
    keys = [row["drug_key"] for row in read_rows("fixture_drugs")]
    first = keys.index(_ACUTE_FROM) + 1
    connection.execute(f"set variable syn_acute = range({first}, {len(keys) + 1})")


def _load_bundles(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = read_rows("fixture_bundles")
    codes = dict(connection.execute("select code_key, code_no from syn.code").fetchall())
    kinds = dict(connection.execute("select kind, kind_no from syn.kind").fetchall())
    items: list[list[object]] = []
    slots: list[int] = []
    total = sum(int(row["weight"]) for row in rows)
    reached = 0
    for bundle_no, row in enumerate(rows, 1):
        has_parent = ">" in row["items"]
        for item_no, item in enumerate(row["items"].split(">" if has_parent else "|")):
            name, _, shift = item.partition("@")
            kind = kinds[name.removeprefix("kind:")] if name.startswith("kind:") else None
            code = None if kind else codes[name]
            child = has_parent and item_no > 0
            items.append([bundle_no, item_no, code, kind, float(shift or 0), child])
        first = reached * 1000 // total
        reached += int(row["weight"])
        slots += [bundle_no] * (reached * 1000 // total - first)
    connection.execute(
        """create table syn.bundle_item (bundle_no integer, item_no integer, code_no bigint,
        kind_no integer, shift double, is_child boolean)"""
    )
    connection.execute(f"insert into syn.bundle_item values {rows_of(items)}")
    connection.execute(
        f"""create table syn.bundle_slot as select unnest(range(1000))::integer as slot,
        unnest({literal(slots)})::integer as bundle_no"""
    )
    return {row["bundle_key"]: number for number, row in enumerate(rows, 1)}


def _load_conditions(connection: duckdb.DuckDBPyConnection, bundles: dict[str, int]) -> None:
    codes = dict(connection.execute("select code_key, code_no from syn.code").fetchall())
    drugs = dict(
        connection.execute("select drug_key, drug_no_of_list from syn.drugcode").fetchall()
    )
    connection.execute(
        """create table syn.condition (condition_no integer, diagnosis_code_no bigint,
        resolved_code_no bigint, peak_share double, mid_age double, slope double, min_age integer,
        drug_nos integer[], bundle_no integer)"""
    )
    rows = [
        (
            number,
            codes[row["code_key"]],
            codes.get(row["resolved_key"]),
            float(row["peak_share"]),
            float(row["mid_age"]),
            float(row["slope"]),
            int(row["min_age"]),
            [drugs[key] for key in row["drug_keys"].split("|") if key],
            bundles.get(row["monitoring"]),
        )
        for number, row in enumerate(read_rows("fixture_conditions"))
    ]
    connection.execute(f"insert into syn.condition values {rows_of(rows)}")
