"""What a policy sees: padded tensors in the frame of each row's own vehicle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from simeval.policy.spec import ObservationSpec

__all__ = ["DTYPES", "Observation"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Observation:
    """Layout `vector/1`: B rows, each in the frame of its vehicle's box centre now (x ahead, y left).

    SI units; angles as cosine and sine; the last entry of a history is now. What is not there is zero
    and masked. A row whose episode is over, or that is only padding, is zero and not `active`.
    """

    ego_history: Float[Tensor, "b h 7"]  # x, y, cos, sin, speed, acceleration, yaw rate
    ego_parameters: Float[Tensor, "b 6"]  # length, width, wheelbase, rear axle, max steering, trailer length
    agents_history: Float[Tensor, "b n h 8"]  # x, y, cos, sin, vx, vy, length, width; nearest first
    agents_kind: Int[Tensor, "b n"]  # 0 none 1 car 2 truck, bus 3 pedestrian 4 cyclist 5 static 6 trailer
    agents_valid: Bool[Tensor, "b n h"]
    lanes: Float[Tensor, "b m p 4"]  # x, y, cos, sin; nearest piece first
    lanes_attributes: Float[Tensor, "b m 6"]  # limit, is known, on route, in intersection, inferred, width
    lanes_signal: Int[Tensor, "b m"]  # 0 none 1 unknown 2 green 3 yellow 4 red
    lanes_valid: Bool[Tensor, "b m p"]
    edges: Float[Tensor, "b e 4"]  # x, y, cos, sin of road edges, road to the left; nearest first
    edges_valid: Bool[Tensor, "b e"]
    route: Float[Tensor, "b r 4"]  # x, y, cos, sin of the reference line, from where the vehicle is
    route_valid: Bool[Tensor, "b r"]
    goal: Float[Tensor, "b 3"]  # x, y, 1 if known
    time_s: Float[Tensor, "b"]  # since the start
    active: Bool[Tensor, "b"]

    @property
    def num_rows(self) -> int:
        """B."""
        return int(self.active.shape[0])

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by its name, in this order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def map(self, change: Callable[[Tensor], Tensor]) -> Observation:
        """The same observation with every tensor changed."""
        return Observation(**{name: change(tensor) for name, tensor in self.tensors().items()})

    def to(self, device: torch.device, dtype: torch.dtype = torch.float32) -> Observation:
        """On a device, with floats in a dtype."""
        return self.map(
            lambda t: t.to(device, dtype if t.is_floating_point() else t.dtype, non_blocking=True)
        )

    @staticmethod
    def zeros(spec: ObservationSpec, num_rows: int, *, pinned: bool = False) -> Observation:
        """Rows that see nothing. `pinned`: in page-locked memory, from which a GPU copies faster."""
        make = _pinned if pinned else _fresh
        shapes = spec.shapes(num_rows)
        return Observation(**{n: make(shape, DTYPES.get(n, torch.float32)) for n, shape in shapes.items()})


def _pinned(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.zeros(shape, dtype=dtype, pin_memory=True)


def _fresh(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    # Not torch.zeros: it fills large tensors with all of torch's threads, and waiting for them costs
    # milliseconds where other processes want the cores too.
    return torch.from_numpy(np.zeros(shape, dtype=NUMPY[dtype]))


DTYPES: dict[str, torch.dtype] = {
    "agents_kind": torch.int64,
    "lanes_signal": torch.int64,
    **dict.fromkeys(("agents_valid", "lanes_valid", "edges_valid", "route_valid", "active"), torch.bool),
}
"""Tensors that are not float32."""
NUMPY = {torch.float32: np.float32, torch.int64: np.int64, torch.bool: np.bool_}
