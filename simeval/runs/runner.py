"""The verbs on run folders: run, score again, open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simeval.errors import UsageError
from simeval.judge import Profile, load_profile
from simeval.runs.chosen import choose, with_traffic
from simeval.runs.companions import with_companions
from simeval.runs.hosts import Hosts
from simeval.runs.interrupt import Interrupted
from simeval.runs.manifest import read_manifest, shown_path, write_manifest
from simeval.runs.plan import Plan, make_plan
from simeval.runs.prepare import Prepared, prepare, read_plan
from simeval.runs.progress import Progress
from simeval.runs.result import Run
from simeval.runs.session import Session
from simeval.runs.settings import RunSettings, settings_from
from simeval.runs.shards import Shard
from simeval.runs.sharing import crew_of, spread
from simeval.runs.sources import resolve
from simeval.runs.store import Store
from simeval.runs.traffic_choice import with_suite_traffic

__all__ = ["evaluate", "open_run", "rescore", "run"]


def run(
    sources: Sequence[str | Path],
    policies: Sequence[Any],
    settings: RunSettings | None = None,
    out: Path = Path("runs"),
    progress: Progress | None = None,
    origins: Mapping[str, str] | None = None,
    *,
    retry_errors: bool = False,
    shard: Shard | None = None,
    wrap: Callable[[Any], Any] | None = None,
) -> Run:
    """Runs every scenario of the sources under every policy, or finishes what an earlier call began.

    A policy is the name of an engine driver or built-in policy, a reference (`package.module:factory`, a
    file), or a live policy, module or function.

    The same call finds the same folder below `out`; episodes that are committed are not run again.
    `origins` says where a setting came from ("command line"), for the manifest; `retry_errors` runs
    batches again in which simeval itself failed; `shard` leaves the other parts to other calls; `wrap`
    puts something between the harness and a policy that runs in this process.

    Raises:
        UsageError: an unknown source, policy, profile; NothingSelected: an empty selection;
        StorageFull: the disk is full or cannot be written; StoreError: a folder of a newer version;
        Interrupted: Ctrl-C or SIGTERM, when `simeval.runs.interrupt.terminable` is active.
    """
    settings, progress = settings or RunSettings(), progress or Progress()
    profile = load_profile(settings.profile)
    chosen, told = with_companions(choose(policies, settings.policy), profile, settings.policy)
    for line in told:
        progress.note(line)
    found = [resolve(source) for source in sources]
    settings, origins = with_suite_traffic(found, settings, origins or {})
    chosen = with_traffic(chosen, settings)
    _, threads = spread(settings, chosen)
    with Hosts(chosen, settings.policy, threads, progress, wrap) as hosts:
        plan = make_plan(found, chosen, settings, hosts.is_random)
        folder = prepare(Path(out), plan, found, hosts, settings, origins, sys.argv[1:])
        _begin(folder, plan, profile, settings, hosts)
        shared = crew_of(
            folder.store, settings, [settings.profile], chosen, progress, torch_threads=hosts.torch_threads
        )
        try:
            with shared as crew:
                session = Session(folder, settings, threads, [profile], progress, hosts, crew=crew)
                session.simulate(retry_errors=retry_errors, shard=shard)
        except Interrupted as stop:
            where = shown_path(folder.store.path)
            raise Interrupted(
                stop.number,
                f"interrupted with {progress.done} of {progress.total} episodes finished and kept in "
                f"{where}; the same command goes on from here.",
            ) from None
    if shard is not None:
        _tell_rest(folder, shard, progress)
    return _opened(folder.store, profile, settings.profile)


def _tell_rest(folder: Prepared, shard: Shard, progress: Progress) -> None:
    done = sum(len(rows) for name, rows in folder.batches.items() if folder.store.is_started(name))
    if done < len(folder.rows):
        progress.note(
            f"part {shard} is done: {done} of {len(folder.rows)} episodes of the run are finished; the same "
            "command without --shard finishes it."
        )


def _begin(folder: Prepared, plan: Plan, profile: Profile, settings: RunSettings, hosts: Hosts) -> None:
    """Says what there is to say; an older manifest decides what must stay as it was."""
    note = hosts.progress.note
    manifest = read_manifest(folder.store.manifest)
    told = [line for policy in manifest.get("policies", []) for line in policy.get("notes", ())]
    for line in (*plan.notes, *folder.notes, *told):
        note(line)
    if "profile" not in manifest:  # so that a run that is cut off shows the verdicts it has
        write_manifest(folder.store.manifest, manifest | {"profile": profile.label})
    stored = manifest["settings"]["traces"]["value"]
    if stored != settings.traces:
        note(f"this run was begun with --traces {stored}: that holds for what is finished.")
    threads = {p["torch_threads"] for p in manifest.get("policies", []) if p.get("torch_threads")}
    hosts.torch_threads = next(iter(threads), hosts.threads)


def rescore(
    path: Path,
    profile: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    processes: int = 1,
) -> Run:
    """Measures what is not measured and judges every finished episode again; simulates nothing.

    Several profiles are judged in one pass over the traces; the run is then shown under the first.
    `processes` share the work; 0: one for each processor.

    Raises:
        StoreError: when the folder is damaged.
        UsageError: when there is no run, or no such profile; when profiles compare with different policies.
    """
    store = Store(find_run(path))
    names = [profile] if isinstance(profile, str) else list(profile or ())
    own = read_manifest(store.manifest)["settings"]["profile"]["value"]
    chosen = [load_profile(name) for name in names or [own]]
    folder = Prepared(store=store, rows=read_plan(store))
    settings, progress = RunSettings(processes=processes, threads=1), progress or Progress()
    with crew_of(store, settings, names or [own], [], progress, reuse=True) as crew:
        Session(folder, settings, 1, chosen, progress, reuse=True, crew=crew).rescore(again=True)
    return _opened(store, chosen[0], (names or [own])[0])


def open_run(path: str | Path, profile: str | None = None) -> Run:
    """Opens a run folder, or the newest run below a folder.

    `profile` is a label `name@version` whose scores are stored there; without it, the last one asked for.

    Raises:
        UsageError: when there is no run.
        StoreError: when the folder is damaged or was written by a newer version.
    """
    return Run(find_run(Path(path)), profile)


def evaluate(policy: Any, suite: str | Path | Sequence[str | Path], **settings: Any) -> Run:
    """Runs policies on suites, families or packs, and returns the opened run.

    A policy is a name or reference as for `simeval run`, a live policy, torch module or function of the
    observation, or a list of these. A live one runs in this process, which is afterwards as it was before:
    threads, random generators, modes of torch and of the module.

    Every setting of `simeval run` is a keyword: `seeds=3`, `traffic="replay"`, `threads=2`, `out="runs"`.
    """
    out = Path(settings.pop("out", "runs"))
    progress = settings.pop("progress", None)
    policies = list(policy) if isinstance(policy, (list, tuple)) else [policy]
    sources = [suite] if isinstance(suite, (str, Path)) else list(suite)
    return run(sources, policies, settings_from(settings), out, progress, dict.fromkeys(settings, "python"))


def find_run(path: Path) -> Path:
    """The run folder at a path, or the newest one below it.

    Raises:
        UsageError: when there is none.
    """
    if (path / "manifest.json").is_file() or (path / "plan.parquet").is_file():
        return path
    inside = [m for m in path.glob("*/manifest.json") if m.is_file()] if path.is_dir() else []
    if not inside:
        what = "holds no run." if path.exists() else "does not exist."
        raise UsageError(str(path), what, "`simeval run` makes one and prints its path.")
    return max(inside, key=lambda m: (m.stat().st_mtime_ns, m.parent.name)).parent


def _opened(store: Store, profile: Profile, given: str) -> Run:
    """Opens a run and makes this profile, asked for by this name or path, the one that it is shown under."""
    manifest = read_manifest(store.manifest)
    shown = {name: value for name, value in manifest.items() if name != "profile_name"}
    shown["profile"] = profile.label
    if given != manifest["settings"]["profile"]["value"]:
        shown["profile_name"] = given
    if shown != manifest:
        write_manifest(store.manifest, shown)
    return Run(store.path, profile.label)
