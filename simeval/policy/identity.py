"""Which policy drove: a digest of everything about it that can be read without running it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from simeval.content_hash import digest_of_json
from simeval.policy.builtin import files_of
from simeval.policy.identity_object import identity_of_object
from simeval.policy.reference import Reference
from simeval.policy.sources import sources_of

__all__ = ["digest_of_file", "identity_of", "identity_of_object"]

CHUNK = 2**20  # bytes


def identity_of(reference: Reference) -> str | None:
    """Digest of a file; or of a factory's source files, its options and the files these name.

    Nothing is imported and no torch is needed. None: the sources cannot be found or are too many, so
    that two runs cannot be known to be of the same policy.
    """
    try:
        if reference.path is not None:
            return digest_of_json(["file", reference.kind, digest_of_file(reference.path)])
        if reference.kind == "builtin":
            sources: dict[str, Path] | None = files_of(reference.target)
        else:
            sources = sources_of(reference.target.partition(":")[0])
        if sources is None:
            return None
        told: dict[str, object] = {
            "kind": reference.kind,
            "target": reference.target,
            "options": {name: [type(value).__name__, value] for name, value in reference.options.items()},
            "weights": digest_of_file(reference.weights) if reference.weights else None,
            "sources": {name: digest_of_file(path) for name, path in sources.items()},
            "named": _digests(Path(str(value)) for value in reference.options.values()),
        }
    except OSError:
        return None
    return digest_of_json(told)


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    """Of the files among these, by name."""
    return {str(path): digest_of_file(path) for path in paths if path.is_file()}
