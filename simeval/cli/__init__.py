"""The command line. One file per command; commands parse, call one library function, and print.

A mistake of the user's ends in one message; a defect of ours keeps its whole traceback and exits with 4.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Annotated, Any

import typer

from simeval import __version__
from simeval.errors import SimevalError

__all__ = ["app", "main"]

FULL = (errno.ENOSPC, errno.EDQUOT)

HELP = """Closed-loop evaluation of driving policies: scenarios in, failures you can look at out.

Exit codes: 0 done · 1 a gate failed · 2 usage or unreadable input · 3 too many policy faults · 4 our error,
or the disk is full · 5 nothing selected · 7 the run folder is damaged · 130/143 interrupted, the same
command goes on.
"""

app = typer.Typer(
    name="simeval",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> bool:
    if wanted:
        print(f"simeval {__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _register() -> None:
    """Adds all commands; their modules import nothing heavy before they are called."""
    from simeval.cli import (
        check,
        compare,
        demo,
        explain,
        import_,
        inspect,
        list,
        observe,
        render,
        report,
        run,
        score,
        sweep,
        table,
    )

    app.command("import")(import_.import_)
    app.command("inspect")(inspect.inspect)
    app.command("list")(list.list_)
    app.command("run")(run.run)
    app.command("sweep")(sweep.sweep)
    app.command("check")(check.check)
    app.command("score")(score.score)
    app.command("table")(table.table)
    app.command("compare")(compare.compare)
    app.command("explain")(explain.explain)
    app.command("observe")(observe.observe)
    app.command("report")(report.report)
    app.command("render")(render.render)
    app.command("demo")(demo.demo)


_register()


def main(argv: list[str] | None = None) -> Any:
    """Entry point: errors of ours end in one message and their exit code."""
    try:
        _call(argv)
    except SimevalError as error:
        print(f"simeval: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print(
            "simeval: interrupted; nothing half-written is left. Run the same command again.", file=sys.stderr
        )
        raise SystemExit(130) from None
    except BrokenPipeError:  # whoever read our output has seen enough, as in `simeval list scenarios | head`
        _close_output()
        raise SystemExit(0) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno in FULL:
            _close_output()
            print(f"simeval: output: cannot be written: {error.strerror}. Free some space.", file=sys.stderr)
        else:
            traceback.print_exc()
            print(
                "simeval: this is a defect of simeval; please report it with the lines above.",
                file=sys.stderr,
            )
        raise SystemExit(4) from None


def _call(argv: list[str] | None) -> None:
    try:
        app(args=argv, standalone_mode=True)
    except SystemExit as end:  # typer makes a silent one of Ctrl-C
        if isinstance(getattr(end.__context__, "__cause__", None), KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    finally:
        sys.stdout.flush()


def _close_output() -> None:
    """What is left to write goes nowhere, so that Python does not complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
