"""Times peers, each in a process of its own on the same core; who is not there is skipped with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PEERS", "Peer", "reference", "time_peer"]

HERE = Path(__file__).parent
TIMEOUT_S = 900


@dataclass(frozen=True)
class Peer:
    """How a peer is found: packages to import, or a checkout whose folder is given."""

    name: str
    script: str
    imports: tuple[str, ...]
    checkout: str = ""  # environment variable with the folder of a checkout

    @property
    def folder(self) -> str:
        """The folder of its checkout; "" where none is needed or given."""
        return os.environ.get(self.checkout, "") if self.checkout else ""


PEERS = (
    Peer("highway-env", "time_highway_env.py", ("highway_env", "gymnasium")),
    Peer("MetaDrive", "time_metadrive.py", ("metadrive",)),
    Peer("SUMO", "time_sumo.py", ("libsumo", "sumo")),
)


def time_peer(peer: Peer, python: str | None = None, core: int | None = None) -> dict[str, Any]:
    """Figures of a peer, or `{"skipped": reason}`.

    Args:
        peer: whom to time.
        python: the interpreter of an environment that has it; None: this one.
        core: processor to stay on.
    """
    if peer.checkout and not Path(peer.folder or "-").is_dir():
        return {"peer": peer.name, "skipped": f"no checkout: ${peer.checkout} names no folder"}
    interpreter = python or sys.executable
    tried = f"import {', '.join(peer.imports)}"
    found = subprocess.run([interpreter, "-c", tried], capture_output=True, text=True, check=False)
    if found.returncode:
        reason = (found.stderr.strip().splitlines() or ["no reason"])[-1]
        return {"peer": peer.name, "skipped": f"not installed: {reason}"}
    pin = [] if core is None else ["taskset", "-c", str(core)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": peer.folder}
    try:
        done = subprocess.run(
            [*pin, interpreter, HERE / peer.script],
            capture_output=True, text=True, check=False, timeout=TIMEOUT_S, env=environment,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"peer": peer.name, "skipped": f"took more than {TIMEOUT_S} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        return {"peer": peer.name, "skipped": f"failed: {reason}"}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


def reference() -> dict[str, dict[str, Any]]:
    """What peers did elsewhere."""
    return tomllib.loads((HERE / "reference.toml").read_text())
