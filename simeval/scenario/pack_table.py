"""One Parquet file of a pack, written in row groups."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

import simeval
from simeval.scenario.pack_codec import encode, float_paths, text_paths

__all__ = ["PACK_FORMAT", "TableFile", "abandoned_on_error"]

PACK_FORMAT = 1
ROWS_PER_GROUP = 64


@dataclass(kw_only=True)
class TableFile:
    """Rows on their way into one Parquet file, 64 to a row group."""

    writer: Any
    schema: Any
    waiting: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    @staticmethod
    def to(file: BinaryIO, schema: Any, content: str) -> TableFile:
        """Starts a file; the same rows always give the same bytes."""
        facts = {"simeval.content": content, "simeval.format": str(PACK_FORMAT)}
        schema = schema.with_metadata(facts | {"simeval.version": simeval.__version__})
        options: dict[str, Any] = {"use_dictionary": text_paths(schema)}  # none for numbers
        writer = pq.ParquetWriter(
            file, schema, compression="zstd", compression_level=1,
            use_byte_stream_split=float_paths(schema), write_page_checksum=True, **options,
        )  # fmt: skip
        return TableFile(writer=writer, schema=schema)

    def add(self, row: dict[str, Any]) -> None:
        """Takes one row."""
        self.waiting.append(row)
        self.count += 1
        if len(self.waiting) == ROWS_PER_GROUP:
            self.flush()

    def flush(self) -> None:
        """Writes the waiting rows as one row group."""
        if self.waiting:
            columns = [encode([r[f.name] for r in self.waiting], f.type) for f in self.schema]
            self.writer.write_table(pa.Table.from_arrays(columns, schema=self.schema))
            self.waiting.clear()

    def close(self, **facts: object) -> None:
        """Writes what is left, and facts for the reader of the file."""
        self.flush()
        self.writer.add_key_value_metadata({f"simeval.{k}": str(v) for k, v in facts.items()})
        self.writer.close()


@contextlib.contextmanager
def abandoned_on_error(*tables: TableFile) -> Iterator[None]:
    """Ends the writers of files that will be thrown away, so that they do not try it later."""
    try:
        yield
    except BaseException:
        for rows in tables:
            with contextlib.suppress(Exception):
                rows.writer.close()
            rows.writer.is_open = False
        raise
