"""`simeval check`: is this policy fit to drive?"""

from __future__ import annotations

import faulthandler
from typing import Annotated

import typer

from simeval.cli.output import note, print_json, print_table

__all__ = ["check"]

Reference = Annotated[
    str,
    typer.Argument(
        help="As for `simeval run --policy`: a name, package.module:factory, a file.", metavar="POLICY"
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Dtype = Annotated[str, typer.Option(help="float32, float64 or bfloat16.")]
Compile = Annotated[bool, typer.Option("--compile", help="Runs modules through torch.compile.")]
Exact = Annotated[bool, typer.Option("--exact", help="As `simeval run --exact` calls it.")]
Trust = Annotated[bool, typer.Option("--trust-policy-code", help="Files may run the code they hold.")]
Timeout = Annotated[float, typer.Option(help="A call that takes longer is named, and ends the check [s].")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]


def check(
    policy: Reference,
    device: Device = "auto",
    dtype: Dtype = "float32",
    compile_: Compile = False,
    exact: Exact = False,
    trust_policy_code: Trust = False,
    policy_timeout_s: Timeout = 60.0,
    as_json: Json = False,
) -> None:
    """Check a policy in seconds: contract, units, determinism, memory, batches, speed, a short drive.

    Exit codes: 0 nothing fails · 1 a check fails, or a call hangs · 2 no such policy.
    """
    import msgspec

    from simeval.checking import check_policy
    from simeval.cli.progress import announce_compilation
    from simeval.errors import UsageError
    from simeval.policy.runtime import Runtime

    given = {"device": device, "dtype": dtype, "compile": compile_, "exact": exact}
    try:
        runtime = msgspec.convert(given, Runtime)
    except msgspec.ValidationError as error:
        raise UsageError("check", f"{error}.", "See `simeval check --help`.") from None

    def watch(begins: bool) -> None:
        """Ends the process, with the line that hangs, if a call does not return; also inside C code."""
        if begins:
            faulthandler.dump_traceback_later(policy_timeout_s, exit=True)
        else:
            faulthandler.cancel_dump_traceback_later()

    announce_compilation()
    report = check_policy(policy, runtime, trust_policy_code=trust_policy_code, watch=watch)
    for line in report.notes:
        note(line)
    if as_json:
        print_json(
            {
                "policy": report.policy, "ok": report.ok, "figures": report.figures, "notes": report.notes,
                "checks": [
                    {"name": c.name, "result": c.result.lower(), "found": c.found, "advice": c.advice}
                    for c in report.checks
                ],
            }
        )  # fmt: skip
    else:
        rows = [(c.name, c.result, f"{c.found} {c.advice}".strip()) for c in report.checks]
        print_table(("check", "result", "found"), rows, title=f"policy {report.policy}")
    if not report.ok:
        raise typer.Exit(1)
