"""`python -m simeval.train.clone`: trains `bc-small` by imitating `idm`, with closed-loop correction.

Iteration 0 learns from the teacher's own, disturbed drives. Each later one lets the learner drive, asks the
teacher what it would have done in every state met, and learns from all samples so far. The iteration that
passes most validation draws, and scores best among these, is kept.
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

    Returns the record. Nothing in it depends on the clock or the machine's name.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    try:
        return _trained(plan, out, list(command))
    finally:
        torch.set_num_threads(before)


def _trained(plan: Plan, out: Path, command: list[str]) -> dict[str, Any]:
    families, network = bundled_families(plan.families), BcSmall()
    rng, seeds = np.random.default_rng(SEED), iter(TRAIN)
    validation = drawn(families, VALIDATION[: plan.validation_seeds])
    record: dict[str, Any] = {
        "command": command, "plan": asdict(plan), "teacher": "idm", "seed": SEED,
        "train_seeds": [TRAIN.start, TRAIN.start], "iterations": [],
        "validation_seeds": [VALIDATION.start, VALIDATION.start + plan.validation_seeds],
    }  # fmt: skip
    samples: list[Samples] = []
    for i in range(plan.iterations):
        chosen = [next(seeds) for _ in range(plan.more_seeds if i else plan.first_seeds)]
        record["train_seeds"][1] = chosen[-1] + 1
        _say(f"iteration {i}: driving {len(chosen)} draws of every scenario")
        scenarios = drawn(families, chosen)
        samples.append(collect(scenarios, network.eval() if i else None, rng))
        every = joined(samples)
        _say(f"  {len(samples[-1])} new samples, {len(every)} in all, {every.num_bytes / 2**20:.0f} MiB")
        last = i == plan.iterations - 1
        how = Fit(steps=plan.last_steps if last else plan.steps, seed=SEED + i)
        losses = fit(network, every, how, lambda n, a, s: _say(f"  step {n}: losses {a:.4f} {s:.4f}"))
        verdicts = verdicts_of(validation, network)
        passed, score = sum(v.outcome == "pass" for v in verdicts), mean_score(verdicts)
        _say(f"  passes {passed} of {len(validation)} validation scenarios, mean score {score:.4f}")
        _save(network, out / f"iteration-{i}.safetensors")
        record["iterations"].append(
            {"scenarios": len(scenarios), "samples": len(every), "losses": [round(x, 5) for x in losses],
             "validation_passed": passed, "validation_planned": len(validation), "validation_score": score}
        )  # fmt: skip
        _keep_best(out, record)
    return record


def _keep_best(out: Path, record: dict[str, Any]) -> None:
    """The iteration that passes most, of these the one with the best mean score."""
    rows = [(it["validation_passed"], it["validation_score"]) for it in record["iterations"]]
    best = max(range(len(rows)), key=lambda i: rows[i])
    record["best_iteration"] = best
    (out / "bc_small.safetensors").write_bytes((out / f"iteration-{best}.safetensors").read_bytes())
    (out / "record.json").write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1))


def _save(network: BcSmall, path: Path) -> None:
    path.write_bytes(save({name: tensor.contiguous() for name, tensor in network.state_dict().items()}))


START = time.perf_counter()


def _say(text: str) -> None:
    typer.echo(f"{time.perf_counter() - START:7.1f} s  {text}")
    sys.stdout.flush()


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
