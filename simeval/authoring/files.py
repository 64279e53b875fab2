"""Reads the TOML files of a suite folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from simeval.authoring.decode import decode, refuse_nonfinite
from simeval.authoring.schema import SuiteFile
from simeval.authoring.where import Where
from simeval.errors import InputError

__all__ = ["SUITE_FILE", "read_suite_file", "read_toml"]

SUITE_FILE = "suite.toml"


def read_suite_file(folder: Path) -> SuiteFile:
    """`suite.toml` of a folder, or its defaults if there is none."""
    path = folder / SUITE_FILE
    if not path.is_file():
        return SuiteFile(format=1, doc=folder.resolve().name)
    return decode(read_toml(path), SuiteFile, Where(str(path)))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file with finite numbers only.

    Raises:
        InputError: a file that cannot be read, is not UTF-8 or not TOML.
    """
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror}).", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), "is not UTF-8 text.", "Save it as UTF-8.") from error
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise InputError(str(path), f"is not TOML: {error}.", "Mend this line.") from error
    except RecursionError as error:
        raise InputError(str(path), "is nested too deeply.", "This is not a scenario.") from error
    refuse_nonfinite(tables, Where(str(path)))
    return tables
