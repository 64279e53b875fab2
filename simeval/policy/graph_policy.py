"""A graph from a file as a policy: inputs by the names of observation tensors, memory beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from simeval.errors import InputError
from simeval.policy.memory import Memory
from simeval.policy.observation import DTYPES, Observation
from simeval.policy.spec import PolicySpec

__all__ = ["GraphPolicy", "Port", "check_ports", "is_memory"]


@dataclass(frozen=True, kw_only=True)
class Port:
    """An input of a graph: its name, its shape without the row axis, its dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype


def is_memory(name: str) -> bool:
    """Whether an input of this name is memory."""
    return name == "memory" or name.startswith("memory_")


class GraphPolicy:
    """A policy whose code is a graph; memory is a tuple of tensors, zero before the first step.

    Args:
        run: takes a tensor for each port, returns the action and the new memories, in order.
        spec: from the file.
        ports: what the graph takes, in its order.
        most_rows: rows that it was exported for, if it says so.
        module: what `run` calls, if it is a torch module.
    """

    def __init__(
        self,
        run: Callable[[list[Tensor]], Any],
        spec: PolicySpec,
        ports: tuple[Port, ...],
        *,
        most_rows: int | None = None,
        module: Any = None,
    ) -> None:
        self.run, self.spec, self.ports, self.most_rows, self.module = run, spec, ports, most_rows, module

    def init(self, num_rows: int, device: torch.device) -> Memory:
        """Zeros for each memory input."""
        if self.most_rows is not None and num_rows > self.most_rows:
            raise ValueError(f"the file was exported for at most {self.most_rows} rows, not {num_rows}")
        memories = [port for port in self.ports if is_memory(port.name)]
        return tuple(torch.zeros(num_rows, *m.shape, dtype=m.dtype, device=device) for m in memories)

    def act(self, observation: Observation, memory: Memory) -> tuple[Tensor, Memory]:
        """One pass of the graph."""
        remembered = iter(memory)
        seen = observation.tensors()
        given = [
            next(remembered) if is_memory(port.name) else seen[port.name].to(port.dtype)
            for port in self.ports
        ]
        answer = self.run(given)
        answers = (answer,) if isinstance(answer, Tensor) else tuple(answer)
        if len(answers) != 1 + len(memory):
            what = (
                f"the graph returned {len(answers)} tensors, expected the action and {len(memory)} memories"
            )
            raise ValueError(what)
        return answers[0], tuple(answers[1:])


def check_ports(ports: tuple[Port, ...], spec: PolicySpec, where: str) -> None:
    """Whether a graph takes what observations of its spec hold.

    Raises:
        InputError: an input is no observation tensor and no memory, or has another shape or type.
    """
    shapes = spec.observation.shapes(1)
    for port in ports:
        if is_memory(port.name):
            continue
        if port.name not in shapes:
            fix = f"Name the inputs after observation tensors ({', '.join(shapes)}), or memory, memory_…."
            raise InputError(where, f"its input {port.name[:60]!r} is none that is known.", fix)
        if port.shape != shapes[port.name][1:]:
            wanted_shape = _listed(shapes[port.name][1:])
            what = f"its input {port.name} has shape {_listed(port.shape)}, its spec says {wanted_shape}."
            raise InputError(where, what, "Export it with the ObservationSpec that it was trained with.")
        wanted = DTYPES.get(port.name, torch.float32)
        if port.dtype != wanted and not (wanted.is_floating_point and port.dtype.is_floating_point):
            raise InputError(where, f"its input {port.name} is {port.dtype}, observations hold {wanted}.")


def _listed(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, ('rows', *shape)))}]"
