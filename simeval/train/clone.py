"""`python -m simeval.train.clone`: trains `bc-small` by imitating `idm`, with closed-loop correction.

Iteration 0 learns from the teacher's own, disturbed drives. Each later one lets the learner drive, asks the
teacher what it would have done in every state met, and learns from all samples so far. The iteration that
passes most validation draws is kept, of several the last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import torch
import typer
from safetensors.torch import save

from simeval.policy.bc_small import BcSmall
from simeval.train.collect import collect
from simeval.train.draws import TRAIN, VALIDATION, bundled_families, drawn
from simeval.train.fit import Fit, fit
from simeval.train.judging import mean_score, verdicts_of
from simeval.train.samples import Samples, joined

__all__ = ["Plan", "clone"]

SEED = 20_240
QUICK_FAMILIES = ("lead_brakes", "parked_ahead")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is driven and learned."""

    families: tuple[str, ...] = ()  # empty: all
    iterations: int = 6
    first_seeds: int = 6  # draws of every scenario that the teacher drives
    more_seeds: int = 4  # draws of every scenario in each later iteration
    steps: int = 250  # of the optimiser in each iteration
    last_steps: int = 1200  # in the last one
    validation_seeds: int = 3


QUICK = Plan(
    families=QUICK_FAMILIES, iterations=2, first_seeds=2, more_seeds=1, steps=30, last_steps=60,
    validation_seeds=1,
)  # fmt: skip


def clone(plan: Plan, out: Path, *, threads: int = 1, command: Sequence[str] = ()) -> dict[str, Any]:
    """Trains; writes the weights of every iteration, of the best one, and the record of all into `out`.

    Returns the record. Nothing in it depends on the clock or the machine's name. For one build of torch and
    one number of threads the weights repeat bit for bit.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            cloning = Cloning(plan, out, command)
        for i in range(plan.iterations):
            cloning.iterate(i)
        return cloning.record
    finally:
        torch.set_num_threads(before)


class Cloning:
    """A training under way: the network, everything collected so far, and the record."""

    def __init__(self, plan: Plan, out: Path, command: Sequence[str]) -> None:
        self.plan, self.out, self.network = plan, out, BcSmall()
        self.families, self.seeds = bundled_families(plan.families), iter(TRAIN)
        self.rng = np.random.default_rng(SEED)
        self.validation = drawn(self.families, VALIDATION[: plan.validation_seeds])
        self.samples: list[Samples] = []
        self.record: dict[str, Any] = {
            "command": list(command), "plan": asdict(plan), "teacher": "idm", "seed": SEED,
            "train_seeds": [TRAIN.start, TRAIN.start],
            "validation_seeds": [VALIDATION.start, VALIDATION.start + plan.validation_seeds],
            "iterations": [],
        }  # fmt: skip

    def iterate(self, i: int) -> None:
        """Collects, fits, looks how well it drives, saves."""
        drives = self._collect(i)
        every = joined(self.samples)
        _say(f"  {len(self.samples[-1])} new samples, {len(every)} in all, {every.num_bytes / 2**20:.0f} MiB")
        steps = self.plan.last_steps if i == self.plan.iterations - 1 else self.plan.steps
        losses = fit(self.network, every, Fit(steps=steps, seed=SEED + i), _say_losses)
        self._note({"drives": drives, "samples": len(every), "losses": [round(loss, 5) for loss in losses]})
        _save(self.network, self.out / f"iteration-{i}.safetensors")
        _keep_best(self.out, self.record)

    def _collect(self, i: int) -> int:
        seeds = [next(self.seeds) for _ in range(self.plan.more_seeds if i else self.plan.first_seeds)]
        self.record["train_seeds"][1] = seeds[-1] + 1
        _say(f"iteration {i}: driving {len(seeds)} draws of every scenario")
        learner = self.network.eval() if i else None
        scenarios = drawn(self.families, seeds)
        self.samples.append(collect(scenarios, learner, self.rng))
        return len(scenarios)

    def _note(self, row: dict[str, Any]) -> None:
        verdicts = verdicts_of(self.validation, self.network)
        passed, score = sum(v.outcome == "pass" for v in verdicts), mean_score(verdicts)
        _say(f"  passes {passed} of {len(verdicts)} validation scenarios, mean score {score:.4f}")
        told = {"validation_passed": passed, "validation_planned": len(verdicts), "validation_score": score}
        self.record["iterations"].append(row | told)


def _keep_best(out: Path, record: dict[str, Any]) -> None:
    """The iteration that passes most, of these the last: it has learned from most."""
    passed = [it["validation_passed"] for it in record["iterations"]]
    best = max(range(len(passed)), key=lambda i: (passed[i], i))
    record["best_iteration"] = best
    (out / "bc_small.safetensors").write_bytes((out / f"iteration-{best}.safetensors").read_bytes())
    (out / "record.json").write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def _save(network: BcSmall, path: Path) -> None:
    path.write_bytes(save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))


START = time.perf_counter()


def _say(text: str) -> None:
    typer.echo(f"{time.perf_counter() - START:7.1f} s  {text}")
    sys.stdout.flush()


def _say_losses(step: int, along: float, across: float) -> None:
    _say(f"  step {step}: losses {along:.4f} {across:.4f}")


def main(
    out: Annotated[Path, typer.Option(help="Folder for weights and record.")] = Path("runs/bc-small"),
    quick: Annotated[bool, typer.Option(help="Two families, seconds: to see that it works.")] = False,
    iterations: Annotated[
        int, typer.Option(help="How often the learner drives and is corrected.")
    ] = Plan.iterations,
    threads: Annotated[int, typer.Option(help="Threads of torch; weights depend on it.")] = 1,
) -> None:
    """Train bc-small."""
    plan = QUICK if quick else Plan(iterations=iterations)
    clone(plan, out, threads=threads, command=["python", "-m", "simeval.train.clone", *sys.argv[1:]])
    typer.echo(f"weights: {out / 'bc_small.safetensors'}, record: {out / 'record.json'}")


if __name__ == "__main__":
    typer.run(main)
