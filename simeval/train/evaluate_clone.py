"""`python -m simeval.train.evaluate_clone`: how well `bc-small` drives on draws that it never saw."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import torch
import typer

from simeval.errors import SimevalError
from simeval.policy.bc_small import WEIGHTS, load
from simeval.train.card import write_card
from simeval.train.draws import HELD_OUT, bundled_families, judged
from simeval.train.held_out import compare

__all__ = ["main"]


def main(
    weights: Annotated[Path, typer.Option(help="Weights that `simeval.train.clone` wrote.")] = WEIGHTS,
    seeds: Annotated[int, typer.Option(min=1, max=len(HELD_OUT), help="Held-out draws a scenario.")] = 10,
    family: Annotated[list[str] | None, typer.Option(help="Only this family; may be repeated.")] = None,
    threads: Annotated[int, typer.Option(help="Threads of torch.")] = 1,
    card: Annotated[Path | None, typer.Option(help="Write the network's card here (JSON).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Print passes of bc-small, constant-velocity and idm on held-out draws of the bundled families."""
    torch.set_num_threads(threads)
    chosen = HELD_OUT[:seeds]
    try:
        found = compare(judged(bundled_families(family or ()), chosen), load(weights))
        document = {"seeds": [chosen.start, chosen.stop], **found.document()}
        if card is not None:
            write_card(card, weights, document)
    except SimevalError as error:
        typer.echo(f"simeval: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(msgspec.json.encode(document).decode() if as_json else found.table())


if __name__ == "__main__":
    typer.run(main)
