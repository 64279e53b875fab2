"""The columns of every table in a run folder, and how a table becomes bytes and comes back.

Units are in the column names. What is undefined is `null`; a NaN never reaches a file. Floats are stored
in full (float64, byte-stream split, no dictionary), pages carry checksums, and the same table gives the
same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simeval.errors import StoreError

__all__ = ["SCHEMAS", "NotFiniteError", "arrays_of", "decode", "encode", "metadata_of", "table_of"]

TEXT, FLOAT, INT, BOOL = pa.string(), pa.float64(), pa.int64(), pa.bool_()
KEY = [("key", TEXT, False)]


def _schema(*columns: tuple[str, Any, bool]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=null) for name, kind, null in columns])


def _needed(kind: Any, names: str) -> list[tuple[str, Any, bool]]:
    return [(name, kind, False) for name in names.split()]


def _maybe(kind: Any, names: str) -> list[tuple[str, Any, bool]]:
    return [(name, kind, True) for name in names.split()]


SUBSCORE = pa.struct([("metric", TEXT), ("raw", FLOAT), ("score", FLOAT), ("weight", FLOAT), ("kind", TEXT)])

SCHEMAS: dict[str, Any] = {
    "plan": _schema(
        *KEY, *_needed(TEXT, "scenario_id family cluster policy"), *_needed(INT, "seed"),
        *_needed(TEXT, "batch"), *_needed(INT, "row source"),
    ),
    "episodes": _schema(
        *KEY, *_needed(TEXT, "scenario_id policy"), *_needed(INT, "seed"),
        *_needed(TEXT, "ending ending_detail"), *_maybe(INT, "ending_step num_steps"),
        *_maybe(FLOAT, "duration_s wall_ms policy_ms_p50 policy_ms_p99"),
        *_maybe(TEXT, "error_type error_message error_trace"), *_needed(INT, "attempt"),
    ),
    "traces": _schema(
        *KEY, *_needed(FLOAT, "dt_s"), *_needed(INT, "num_steps first_step ego_index"),
        *_needed(pa.list_(TEXT), "agent_id"),
        *_needed(pa.list_(FLOAT), "x_m y_m heading_rad vx_mps vy_mps yaw_rate_radps hitch_rad"),
        *_needed(pa.list_(BOOL), "valid"), *_needed(pa.list_(INT), "flags driver"),
        *_needed(pa.list_(FLOAT), "command_accel_mps2 command_steer_rad accel_mps2 steer_rad"),
        *_needed(INT, "ending"), *_needed(TEXT, "ending_detail"),
        *_maybe(pa.list_(INT), "plan_step"), *_maybe(pa.list_(FLOAT), "plan_pose"),
        *_maybe(FLOAT, "plan_spacing_s"),
    ),
    "contacts": _schema(
        *KEY, *_needed(INT, "step"), *_needed(FLOAT, "time_s"), *_needed(TEXT, "agent_a"),
        *_needed(INT, "body_a"), *_needed(TEXT, "agent_b"), *_needed(INT, "body_b"),
        *_needed(FLOAT, "x_m y_m closing_speed_mps"),
    ),
    "measurements": _schema(
        *KEY, *_needed(TEXT, "metric"), *_needed(INT, "version"), *_maybe(FLOAT, "value"),
        *_needed(BOOL, "valid"), *_maybe(TEXT, "reason"), *_needed(TEXT, "unit"),
        *_maybe(TEXT, "agent"), *_maybe(INT, "step_of_extreme"),
    ),
    "events": _schema(
        *KEY, *_needed(TEXT, "event kind"), *_needed(INT, "step"), *_needed(FLOAT, "time_s"),
        *_maybe(FLOAT, "x_m y_m"), *_maybe(TEXT, "agent"), *_maybe(INT, "body"),
        *_maybe(FLOAT, "value limit"), *_needed(TEXT, "unit detail"),
    ),
    "traffic_events": _schema(
        *KEY, *_needed(TEXT, "event"), *_needed(INT, "step"), *_needed(FLOAT, "time_s"),
        *_needed(TEXT, "agent model"), *_maybe(TEXT, "other other_model"), *_maybe(FLOAT, "value"),
        *_maybe(FLOAT, "closing_speed_mps"), *_maybe(INT, "entered_step"), *_needed(BOOL, "is_follower"),
    ),
    "traffic_models": _schema(
        *KEY, *_needed(TEXT, "model"), *_needed(INT, "num_agents"), *_needed(FLOAT, "agent_s")
    ),
    "series": _schema(*KEY, *_needed(TEXT, "series"), *_needed(pa.list_(FLOAT), "values")),
    "scores": _schema(
        *KEY, *_needed(TEXT, "outcome"), *_maybe(TEXT, "mode rule weakness cause_event"),
        *_maybe(FLOAT, "cause_time_s"),
        *_maybe(TEXT, "cause_agent"), *_maybe(FLOAT, "total"), *_needed(pa.list_(SUBSCORE), "subscores"),
        *_needed(pa.list_(TEXT), "also evidence"), *_needed(TEXT, "chain"), *_maybe(TEXT, "reason"),
    ),
}  # fmt: skip


class NotFiniteError(RuntimeError):
    """A table of ours holds NaN, infinity, or a null where a value is needed: a defect of simeval."""


def table_of(
    name: str, rows: Sequence[Mapping[str, Any]], *, metadata: Mapping[str, str] | None = None
) -> Any:
    """An Arrow table of the named schema from one mapping a row; arrays are given as NumPy arrays."""
    schema = SCHEMAS[name]
    if metadata:
        schema = schema.with_metadata(dict(metadata))
    columns = [pa.array([row[f.name] for row in rows], type=f.type, from_pandas=False) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def encode(name: str, table: Any) -> bytes:
    """The Parquet bytes of a table.

    Raises:
        NotFiniteError: when it holds a NaN or infinity, or a null in a column that allows none.
    """
    for field in table.schema:
        _check(name, field, table[field.name])
    texts = [leaf for field in table.schema for leaf in _texts(field)]
    sink = io.BytesIO()
    # Numbers stay whole: those of agents that stand repeat, which their bytes apart would not show as well.
    options: dict[str, Any] = {"use_dictionary": texts, "write_statistics": False}
    pq.write_table(table, sink, compression="zstd", compression_level=1, write_page_checksum=True, **options)
    return sink.getvalue()


def decode(path: Path, name: str, *, remedy: str = "") -> Any:
    """Reads one table back; `remedy` is what the error advises.

    Raises:
        StoreError: when the file is missing, damaged, or has other columns.
    """
    try:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
    except FileNotFoundError:
        raise StoreError(str(path), "is missing.", remedy or REMEDY) from None
    except (OSError, pa.ArrowException) as error:
        why = " ".join(str(error).split())[:160].rstrip(".")
        raise StoreError(str(path), f"cannot be read: {why}.", remedy or REMEDY) from None
    wanted = SCHEMAS[name].names
    table = _completed(table, name)
    if table.schema.names != wanted:
        what = f"has columns {table.schema.names}, expected {wanted}."
        raise StoreError(str(path), what, remedy or REMEDY)
    return table


def _completed(table: Any, name: str) -> Any:
    """With the columns at the end that an older version did not know, if they may be null."""
    for field in list(SCHEMAS[name])[len(table.schema.names) :]:
        if not field.nullable:
            break
        table = table.append_column(field, pa.nulls(len(table), field.type))
    return table


def arrays_of(table: Any) -> list[dict[str, Any]]:
    """The rows of `traces`, lists of numbers as arrays; `trace_from` makes a Trace of one."""
    rows: list[dict[str, Any]] = []
    for index in range(len(table)):
        cells = {name: table[name][index] for name in table.schema.names}
        numeric = {name for name, cell in cells.items() if hasattr(cell, "values") and name != "agent_id"}
        rows.append(
            {
                name: cell.values.to_numpy(zero_copy_only=False)
                if name in numeric and cell.is_valid
                else cell.as_py()
                for name, cell in cells.items()
            }
        )
    return rows


def metadata_of(table: Any) -> dict[str, str]:
    """What the writer noted beside the columns."""
    return {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}


RESCORE = "`simeval score` on this folder makes it again from the traces."
REMEDY = "The `simeval run` command that wrote this folder mends it: it runs only what is missing."


def _texts(field: Any, path: str = "") -> list[str]:
    """Dotted paths of the text columns below a field, as Parquet names them."""
    path = f"{path}.{field.name}" if path else field.name
    if pa.types.is_list(field.type):
        return _texts(field.type.value_field.with_name("element"), f"{path}.list")
    if pa.types.is_struct(field.type):
        return [leaf for sub in field.type for leaf in _texts(sub, path)]
    return [path] if pa.types.is_string(field.type) else []


def _check(name: str, field: Any, column: Any) -> None:
    if not field.nullable and column.null_count:
        raise NotFiniteError(f"table {name}: column {field.name} holds a null, which it does not allow")
    for values in _floats(column):
        if not pc.all(pc.is_finite(values), min_count=0).as_py():
            raise NotFiniteError(f"table {name}: column {field.name} holds NaN or infinity; write null")


def _floats(column: Any) -> list[Any]:
    if pa.types.is_list(column.type):
        return _floats(pc.list_flatten(column))
    if pa.types.is_struct(column.type):
        return [v for i in range(column.type.num_fields) for v in _floats(pc.struct_field(column, [i]))]
    return [column] if pa.types.is_floating(column.type) else []
