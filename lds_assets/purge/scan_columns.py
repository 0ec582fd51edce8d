"""Looking through columns of tables for what tells of a practice, many values at a time.

Says of a table whether it is worth reading closely: most hold nothing, and reading every value of
every column by itself takes ten times as long. A value may be missed by no path through here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, parquet

from lds_assets.purge.canaries import TOKEN
from lds_assets.purge.links import Links
from lds_assets.purge.scan_rules import Link
from lds_assets.purge.sought import Sought, Told

#: Rows looked through at once.
ROWS = 1 << 16
#: The least and the first number that is not one of ten digits.
_TEN_DIGITS = (10**9, 10**10)
_GUID_BYTES = 16
_DICTIONARIES = frozenset({"RLE_DICTIONARY", "PLAIN_DICTIONARY"})


def look_through_parquet(path: Path, sought: Sought) -> Told:
    """Look through every column of a Parquet file.

    Raises:
        pa.ArrowException, OSError: it cannot be read.
    """
    metadata = parquet.read_metadata(path)
    told = Told()
    with parquet.ParquetFile(path, metadata=metadata, read_dictionary=_coded(metadata)) as file:
        wanted = [each.name for each in file.schema_arrow if _may_hold(each.type)]
        if wanted:
            batches = file.iter_batches(ROWS, columns=wanted, use_threads=False)
            look_through(batches, sought, told)
    return _as_values(path, sought, told) if told.canaries else told


def look_through(batches: Iterable[pa.RecordBatch], sought: Sought, told: Told) -> None:
    """Look through batches of rows; what lies side by side may look like a number that it is not.

    A dictionary that several batches share is looked through once.
    """
    seen: dict[int, pa.Array] = {}
    for batch in batches:
        for place, column in enumerate(batch.columns):
            if not pa.types.is_dictionary(column.type):
                _look_at(column, sought, told)
            elif place not in seen or not seen[place].equals(column.dictionary):
                seen[place] = column.dictionary
                _look_at(column.dictionary, sought, told)


def _look_at(column: pa.Array, sought: Sought, told: Told) -> None:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        _joined(column, np.int32, sought, told)
    elif pa.types.is_large_string(kind) or pa.types.is_large_binary(kind):
        _joined(column, np.int64, sought, told)
    elif _is_number(kind):
        _numbers(column, sought, told)
    else:
        texts = "\n".join(map(_text, column.drop_null().to_pylist()))
        sought.look([texts.encode()], told)


def _joined(column: pa.Array, width: type, sought: Sought, told: Told) -> None:
    """Look at the bytes of all values at once; between them is nothing."""
    _valid, offsets, data = column.buffers()
    if data is None or not len(column):
        return
    places: NDArray[np.signedinteger] = np.frombuffer(offsets, dtype=width)[
        column.offset : column.offset + len(column) + 1
    ]
    start, end = int(places[0]), int(places[-1])
    sought.look([data.slice(start, end - start).to_pybytes()], told, is_joined=True)


def _numbers(column: pa.Array, sought: Sought, told: Told) -> None:
    values = column.drop_null()
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64(), safe=False)
    found = values.to_numpy(zero_copy_only=False)
    low, high = _TEN_DIGITS
    ten = found[(found >= low) & (found < high)]
    whole = sorted({str(int(each)) for each in ten if int(each) == each})
    sought.look(["\n".join(whole).encode()], told)


def _as_values(path: Path, sought: Sought, told: Told) -> Told:
    """Ask of a file's values, each by itself, which of the canaries they hold."""
    exact = Told(told.is_named)
    with parquet.ParquetFile(path) as file:
        wanted = [each.name for each in file.schema_arrow if _may_hold(each.type)]
        for batch in file.iter_batches(ROWS, columns=wanted, use_threads=False):
            ask_values(batch.columns, sought, exact)
    return exact


def ask_values(columns: Sequence[pa.Array], sought: Sought, told: Told) -> None:
    """Add the canaries that some values hold, each looked at by itself."""
    for column in columns:
        texts = "\n".join(map(_text, column.drop_null().to_pylist()))
        for token in set(TOKEN.findall(texts.encode())):
            found = sought.canaries.hash_of(token)
            if found:
                told.canaries.add(found)


def linked_in_parquet(path: Path, link: Link, links: Links) -> Counter[str]:
    """Count the rows of a raw table's file that point at rows of the practice, by keyed hash."""
    wanted, found = links.of(link.name), Counter[str]()
    with parquet.ParquetFile(path) as file:
        if link.lake_column not in file.schema_arrow.names:
            return found
        for batch in file.iter_batches(ROWS, columns=[link.lake_column], use_threads=False):
            for each in compute.value_counts(batch.column(0)).to_pylist():
                value = each["values"]
                key = links.hash_of(str(value)) if value is not None else ""
                if key in wanted:
                    found[key] += int(each["counts"])
    return found


def _text(value: object) -> str:
    """Return a value as text; a whole number without a point."""
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        return f"{UUID(bytes=value)}\n{text}" if len(value) == _GUID_BYTES else text
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""
    return str(value)


def _coded(metadata: parquet.FileMetaData) -> list[str]:
    """Return the columns of text that are kept as a dictionary and places in it."""
    if not metadata.num_row_groups:
        return []
    group = metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    return [
        each.path_in_schema
        for each in columns
        if each.physical_type == "BYTE_ARRAY" and _DICTIONARIES & set(each.encodings)
    ]


def _may_hold(kind: pa.DataType) -> bool:
    """Say whether a column of a type can hold a name, a GUID or a number of ten digits."""
    return not (
        pa.types.is_boolean(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_null(kind)
        or (pa.types.is_integer(kind) and kind.bit_width < 32)
        or pa.types.is_int32(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
