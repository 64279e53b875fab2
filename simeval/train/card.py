"""The card of a trained network: what it is, how it was trained, how it did; for programs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from simeval.errors import InputError
from simeval.policy.bc_small import VERSION, load

__all__ = ["card_of", "write_card"]

RECORD = "record.json"  # that `simeval.train.clone` wrote beside the weights


def card_of(weights: Path, held_out: dict[str, Any]) -> dict[str, Any]:
    """Everything about some weights, with the training record that lies beside them.

    Raises:
        InputError: there is no record, or it cannot be read.
    """
    record = weights.with_name(RECORD)
    try:
        training = msgspec.json.decode(record.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        fix = "A card is written beside what simeval.train.clone wrote."
        raise InputError(str(record), f"is no training record: {error}.", fix) from None
    return {
        "name": "bc-small",
        "version": VERSION,
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "parameters": sum(p.numel() for p in load(weights).parameters()),
        "training": training,
        "held_out": held_out,
    }


def write_card(path: Path, weights: Path, held_out: dict[str, Any]) -> None:
    """Writes it as JSON."""
    text = msgspec.json.format(msgspec.json.encode(card_of(weights, held_out)), indent=1)
    path.write_bytes(text + b"\n")
