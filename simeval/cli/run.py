"""`simeval run`: drives scenarios in closed loop and keeps the results in a run folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simeval.cli.output import note, print_json

if TYPE_CHECKING:
    from simeval.runs import Run

__all__ = ["run"]

POLICY_FAULTS = 3

Sources = Annotated[
    list[str],
    typer.Argument(help="Suites by name, folders or files of families, packs.", metavar="SOURCE"),
]
Policies = Annotated[
    list[str],
    typer.Option(
        "--policy",
        "-p",
        help="Who drives the ego: idm, constant-velocity, log, bc-small; package.module:factory"
        "[@weights.safetensors][?key=value]; model.pt2, model.onnx, model.pt (TorchScript). Repeatable.",
        metavar="POLICY",
    ),
]
Seeds = Annotated[int | None, typer.Option(help="Seeds 0..N-1 for families that draw parameters. [1]")]
Out = Annotated[Path, typer.Option(help="Folder that run folders are made in.")]
Traffic = Annotated[
    str | None,
    typer.Option(
        help="Who moves agents that a scenario leaves open: rules like vehicle=idm,pedestrian=replay, or a "
        "model alone: idm (vehicles react), replay. [the suite's, else idm]"
    ),
]
EndOn = Annotated[
    str | None,
    typer.Option(
        help="What ends an episode early: a list of contact,off_road,route_end, or none. [all three]"
    ),
]
Horizon = Annotated[float | None, typer.Option(help="At most this long [s].")]
Vehicle = Annotated[
    str | None,
    typer.Option(help="How the ego answers commands: kinematic, actuated, dynamic. [kinematic]"),
]
Latency = Annotated[
    float | None,
    typer.Option("--latency-s", help="What a policy decides takes effect so much later [s]. [0]"),
]
Drop = Annotated[
    float | None, typer.Option("--drop-plans", help="Probability that a policy's answer is lost. [0]")
]
NoisePosition = Annotated[
    float | None,
    typer.Option("--noise-position-m", help="Of the positions of others that a policy sees: std [m]. [0]"),
]
NoiseHeading = Annotated[
    float | None, typer.Option("--noise-heading-rad", help="Of their headings: std [rad]. [0]")
]
NoiseSpeed = Annotated[
    float | None, typer.Option("--noise-speed-mps", help="Of their speeds: std [m/s]. [0]")
]
Miss = Annotated[float | None, typer.Option(help="Share of time for which another is not seen at all. [0]")]
MissFor = Annotated[
    float | None, typer.Option("--miss-for-s", help="How long a miss lasts [s]; 0: a step. [0]")
]
SteerGain = Annotated[
    float | None, typer.Option("--steer-gain", help="The wheels turn by this much of what is wanted. [1]")
]
SteerOffset = Annotated[
    float | None, typer.Option("--steer-offset-rad", help="... and by this on top, left positive [rad]. [0]")
]
AccelGain = Annotated[
    float | None, typer.Option("--accel-gain", help="The ego is told this much of what is wanted. [1]")
]
Friction = Annotated[
    float | None, typer.Option(help="Between tyres and road; needs --vehicle actuated or dynamic. [1]")
]
Load = Annotated[
    float | None, typer.Option(help="Of an ego that is a truck: 0 empty, 1 full; needs --vehicle, too.")
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Scenario id, pattern with * and ?, or (beginning of) a key. Repeatable."),
]
BatchSize = Annotated[int | None, typer.Option(help="Episodes simulated and committed together. [32]")]
Threads = Annotated[
    int | None,
    typer.Option(help="Threads of the simulator, and of torch, in each process; 0: all there are. [0]"),
]
Device = Annotated[str | None, typer.Option(help="Of learned policies: auto, cpu, cuda. [auto]")]
Dtype = Annotated[
    str | None, typer.Option(help="Of their weights and inputs: float32, float64, bfloat16. [float32]")
]
Compile = Annotated[
    bool | None, typer.Option("--compile/--no-compile", help="Run their modules through torch.compile.")
]
Exact = Annotated[
    bool | None, typer.Option("--exact", help="Their results do not depend on the batch. Slower.")
]
Compact = Annotated[
    bool | None, typer.Option("--compact", help="Leave finished episodes out: faster, repeats less exactly.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--policy-timeout-s", help="Longest call of a policy [s]; the first gets ten times it. [30]"
    ),
]
Memory = Annotated[
    float | None,
    typer.Option("--policy-memory-gib", help="Most memory of a policy [GiB]; 0: three quarters of all. [0]"),
]
Isolate = Annotated[
    bool | None,
    typer.Option("--isolate/--no-isolate", help="A process of its own for each policy. [--isolate]"),
]
Trust = Annotated[
    bool | None,
    typer.Option("--trust-policy-code", help="Load files that may run code when they are loaded."),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Step one episode (--only KEY) uncompiled, in one thread of this process: breakpoint() works.",
    ),
]
Processes = Annotated[
    int | None, typer.Option(help="Processes that share the work; 0: one for each processor. [1]")
]
Part = Annotated[
    str | None, typer.Option("--shard", help="Only this part of the run: 2/4 is the second of four.")
]
ProfileName = Annotated[str | None, typer.Option("--profile", help="How results are judged. [simeval-core]")]
Traces = Annotated[str | None, typer.Option(help="Which trajectories are kept: all, failed, none. [all]")]
MaxFaults = Annotated[int, typer.Option(help="Policy faults that are still exit code 0.")]
Retry = Annotated[bool, typer.Option("--retry-errors", help="Run batches again in which simeval failed.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
Report = Annotated[bool, typer.Option("--report", help="Write the HTML report too.")]


def run(
    sources: Sources,
    policy: Policies,
    seeds: Seeds = None,
    out: Out = Path("runs"),
    traffic: Traffic = None,
    end_on: EndOn = None,
    horizon_s: Horizon = None,
    vehicle: Vehicle = None,
    latency_s: Latency = None,
    drop_plans: Drop = None,
    noise_position_m: NoisePosition = None,
    noise_heading_rad: NoiseHeading = None,
    noise_speed_mps: NoiseSpeed = None,
    miss: Miss = None,
    miss_for_s: MissFor = None,
    steer_gain: SteerGain = None,
    steer_offset_rad: SteerOffset = None,
    accel_gain: AccelGain = None,
    friction: Friction = None,
    load: Load = None,
    only: Only = None,
    batch_size: BatchSize = None,
    threads: Threads = None,
    processes: Processes = None,
    shard: Part = None,
    device: Device = None,
    dtype: Dtype = None,
    compile: Compile = None,
    exact: Exact = None,
    compact: Compact = None,
    policy_timeout_s: Timeout = None,
    policy_memory_gib: Memory = None,
    isolate: Isolate = None,
    trust_policy_code: Trust = None,
    profile: ProfileName = None,
    traces: Traces = None,
    max_policy_faults: MaxFaults = 0,
    retry_errors: Retry = False,
    debug: Debug = False,
    as_json: Json = False,
    report: Report = False,
) -> None:
    """Run scenarios in closed loop. The same command again goes on where it stopped.

    Exit codes: 0 done (failed episodes do not change it) · 2 usage or unreadable input · 3 too many policy
    faults · 4 our error, or the disk is full · 5 nothing selected · 7 the run folder is damaged · 130/143
    interrupted, resumable.
    """
    given: dict[str, Any] = {
        "seeds": seeds, "traffic": traffic, "end_on": _endings(end_on), "horizon_s": horizon_s,
        "vehicle": vehicle, "latency_s": latency_s, "drop_plans": drop_plans,
        "noise_position_m": noise_position_m, "noise_heading_rad": noise_heading_rad,
        "noise_speed_mps": noise_speed_mps, "miss": miss, "miss_for_s": miss_for_s,
        "steer_gain": steer_gain, "steer_offset_rad": steer_offset_rad, "accel_gain": accel_gain,
        "friction": friction, "load": load,
        "only": tuple(only) if only else None, "batch_size": batch_size, "threads": threads,
        "processes": processes, "profile": profile, "traces": traces,
        "device": device, "dtype": dtype, "compile": compile, "exact": exact, "compact": compact,
        "policy_timeout_s": policy_timeout_s, "policy_memory_gib": policy_memory_gib,
        "isolate": isolate, "trust_policy_code": trust_policy_code,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    if debug:
        _debug(sources, policy, given)
        return
    finished = drive(sources, policy, given, out, retry_errors=retry_errors, shard=shard)
    if as_json:
        from simeval.cli.summary import as_document

        print_json(as_document(finished))
    else:
        from simeval.cli.summary import print_summary

        print_summary(finished)
    if report:
        write_report(finished)
    if finished.headline()["policy_fault"] > max_policy_faults:
        raise typer.Exit(POLICY_FAULTS)


def _debug(sources: list[str], policies: list[str], given: dict[str, Any]) -> None:
    import os

    if "numba" in sys.modules:  # it would be told too late, and half of the kernels would be compiled
        from simeval.errors import UsageError

        what = "the simulator is loaded in this process already, so it cannot be stepped through."
        raise UsageError("--debug", what, "Start `simeval run --debug` from a shell.")
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    from simeval.runs.stepping import step_through

    step_through(sources, policies, given, print)


def _endings(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    words = tuple(word.strip() for word in text.split(",") if word.strip())
    return () if words == ("none",) else words


def drive(
    sources: list[str], policies: list[str], given: dict[str, Any], out: Path, *,
    retry_errors: bool = False, shard: str | None = None,
) -> Run:  # fmt: skip
    """Runs with a progress display; an interruption ends the process with its exit code."""
    from simeval.cli.progress import display
    from simeval.runs import run as run_all
    from simeval.runs import settings_from
    from simeval.runs.interrupt import Interrupted, terminable
    from simeval.runs.shards import Shard

    settings, part = settings_from(given), Shard.parse(shard) if shard else None
    try:
        with terminable():
            origins = dict.fromkeys(given, "command line")
            return run_all(
                sources, policies, settings, out, display(), origins, retry_errors=retry_errors, shard=part
            )
    except Interrupted as stop:
        print(f"simeval: {stop}", file=sys.stderr)
        raise typer.Exit(stop.exit_code) from None


def write_report(finished: Run) -> Path:
    """Writes the page and says where it is."""
    from simeval.report import build_report
    from simeval.runs.manifest import shown_path

    path = build_report(finished).path
    note(f"report: {shown_path(path)}")
    return path
