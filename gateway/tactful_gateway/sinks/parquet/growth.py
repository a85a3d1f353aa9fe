"""The bytes of a file: written whole, or grown by rows behind those it has, each of which stays where it is.

DuckDB reads where rows are from a file's end, then opens its path again and reads them. What has taken the file's place
meanwhile must have them in the same places, or the query fails.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

_COMPRESSION = "zstd"
_MAGIC = b"PAR1"


def whole(table: pa.Table) -> pa.Buffer:
    """Give a file of these rows."""
    file = pa.BufferOutputStream()
    pq.write_table(table, file, compression=_COMPRESSION)
    return file.getvalue()


def grown(old: bytes, rows: pa.Table) -> bytes | None:
    """Give the file with these rows behind those it has, as one more row group; None where its columns are others."""
    footer = pq.read_metadata(pa.BufferReader(old))
    file = pa.BufferOutputStream()
    with pq.ParquetWriter(file, rows.schema, compression=_COMPRESSION) as writer:
        file.write(_without_footer(old)[len(_MAGIC) :])  # the writer, which only begins files, has just begun this one
        writer.write_table(rows)
    new: bytes = file.getvalue().to_pybytes()
    its = pq.read_metadata(pa.BufferReader(new))
    if not its.schema.equals(footer.schema):
        return None
    footer.append_row_groups(its)
    both = pa.BufferOutputStream()
    footer.write_metadata_file(both)  # a file without rows: the magic and the footer
    ending: bytes = both.getvalue().to_pybytes()[len(_MAGIC) :]
    return _without_footer(new) + ending


def _without_footer(file: bytes) -> bytes:
    """Give all but the footer, its length in four bytes and the magic at the end."""
    return file[: -8 - int.from_bytes(file[-8:-4], "little")]
