"""A run folder survives being cut off at any file operation, and says so when it is damaged."""

from __future__ import annotations

import errno
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from simeval.errors import StorageFull, StoreError
from simeval.runs import faults, open_run, run, settings_from, temporary
from simeval.runs.progress import Progress

POLICIES = ["constant-velocity"]
SETTINGS = settings_from({"batch_size": 3, "threads": 1})


class Told(Progress):
    """Remembers what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


@contextmanager
def armed(text: str):
    fault = faults.Fault.parse(text)
    before = faults.arm(fault)
    try:
        yield fault
    finally:
        faults.arm(before)


@pytest.fixture
def clean(tiny, tmp_path, tools):
    """An uninterrupted run: its folder's name, its dump, its bytes, and how many file operations it took."""
    with armed("any:1000000:kill") as counter:
        path = run([tiny], POLICIES, SETTINGS, tmp_path / "clean").path
    return path.name, tools.dump(path), tools.derived_bytes(path), counter.seen


def test_a_run_cut_off_at_any_file_operation_resumes_to_the_same_tables(
    tiny, tmp_path, clean, tools, monkeypatch
):
    name, tables, raw, operations = clean
    assert operations > 60
    for number in range(1, operations + 1):
        out = tmp_path / f"cut-{number}"
        with armed(f"any:{number}:stop"), pytest.raises(faults.Stopped):
            run([tiny], POLICIES, SETTINGS, out)
        monkeypatch.setattr(temporary, "_token", f"later{number}")  # as if another process came after it
        resumed = run([tiny], POLICIES, SETTINGS, out)
        assert resumed.path.name == name
        assert tools.dump(resumed.path) == tables, f"operation {number}"
        assert tools.derived_bytes(resumed.path) == raw, f"operation {number}"
        assert not [p for p in resumed.path.rglob("*") if p.name.startswith(temporary.PREFIX)]


def test_committed_episodes_are_never_lost(tiny, tmp_path, clean):
    class Count(Told):
        def advance(self, episodes: int) -> None:
            super().advance(episodes)
            acknowledged.append(self.done)

    for number in range(20, clean[3], 9):
        acknowledged: list[int] = [0]
        with armed(f"any:{number}:stop"), pytest.raises(faults.Stopped):
            run([tiny], POLICIES, SETTINGS, tmp_path / str(number), Count())
        told = Told()
        run([tiny], POLICIES, SETTINGS, tmp_path / str(number), told)
        assert told.resumed >= acknowledged[-1]


@pytest.mark.parametrize("code", ["ENOSPC", "EROFS", "EIO", "EDQUOT"])
@pytest.mark.parametrize("number", [2, 5, 9, 14])
def test_a_failing_disk_is_one_message_and_costs_no_finished_work(tiny, tmp_path, clean, tools, code, number):
    with armed(f"write:{number}:{code}"), pytest.raises(StorageFull) as caught:
        run([tiny], POLICIES, SETTINGS, tmp_path / "full")
    assert caught.value.exit_code == 4
    assert "cannot be written" in str(caught.value)
    assert ("bytes needed" in str(caught.value)) == (code in ("ENOSPC", "EDQUOT"))
    assert not [
        p for p in (tmp_path / "full").rglob("*") if p.is_file() and p.name.startswith(temporary.PREFIX)
    ]
    assert tools.dump(run([tiny], POLICIES, SETTINGS, tmp_path / "full").path) == clean[1]


def test_no_room_for_the_scenarios_leaves_nothing_half_written(tiny, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("simeval.scenario.pack_write.sync_folder", full, raising=False)
    monkeypatch.setattr("simeval.scenario.files.sync_folder", full)
    with pytest.raises(StorageFull):
        run([tiny], POLICIES, SETTINGS, tmp_path / "full")
    assert not list((tmp_path / "full").rglob(f"{temporary.PREFIX}*"))


def test_a_complete_run_does_nothing_more(tiny, tmp_path, monkeypatch):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*")}
    monkeypatch.setattr("simeval.runs.execute.simulate", None)  # would raise if it were called
    told = Told()
    again = run([tiny], POLICIES, SETTINGS, tmp_path, told)
    assert again.path == path
    assert (told.total, told.resumed, told.done) == (5, 5, 5)
    assert {p: p.stat().st_mtime_ns for p in path.rglob("*")} == before


def test_what_cut_off_runs_left_behind_is_removed(tiny, tmp_path):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    stray = path / "parts" / "idm-00009-deadbeef.traces.parquet"
    gone = path / "parts" / f"{temporary.PREFIX}{temporary._host}-999999999-0-0-x.parquet"
    elsewhere = path / "parts" / f"{temporary.PREFIX}otherhost-1-0-0-x.parquet"
    for orphan in (stray, gone, elsewhere):
        orphan.write_bytes(b"half")
    run([tiny], POLICIES, SETTINGS, tmp_path)
    assert (stray.exists(), gone.exists(), elsewhere.exists()) == (False, False, True)


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    middle = len(data) // 2
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[:middle])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :])


@pytest.mark.parametrize("how", ["missing", "truncated", "empty", "flipped"])
@pytest.mark.parametrize("table", ["traces", "contacts", "episodes"])
def test_damage_is_found_named_and_mended(tiny, tmp_path, tools, how, table):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    whole = tools.dump(path)
    victim = sorted((path / "parts").glob(f"*.{table}.parquet"))[0]
    damage(victim, how)
    if (how, table) == ("missing", "episodes"):
        assert open_run(path).headline()["unscored"] == 5 - len(open_run(path).episodes) > 0
    else:
        with pytest.raises(StoreError) as caught:
            open_run(path)
        assert victim.name in str(caught.value)
        assert caught.value.exit_code == 7
        assert "simeval run" in str(caught.value)
    told = Told()
    assert tools.dump(run([tiny], POLICIES, SETTINGS, tmp_path, told).path) == whole
    assert 0 < told.resumed < 5


@pytest.mark.parametrize(
    ("name", "hows"),
    [
        ("plan.parquet", "missing truncated empty"),
        ("manifest.json", "missing truncated empty"),
        ("scenarios.pack/scenarios.parquet", "missing truncated flipped"),
        ("scenarios.pack/maps.parquet", "missing truncated"),
    ],
)
def test_the_same_command_mends_what_describes_the_run(tiny, tmp_path, tools, name, hows):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    whole = tools.dump(path)
    for how in hows.split():
        damage(path / name, how)
        with pytest.raises(StoreError, match=name.partition("/")[0]) as caught:
            opened = open_run(path)
            opened.scenario(str(opened.plan["key"][0]))
        assert caught.value.exit_code == 7 and "simeval run" in caught.value.fix
        assert "\n" not in str(caught.value) and ".." not in caught.value.what
        told = Told()
        assert tools.dump(run([tiny], POLICIES, SETTINGS, tmp_path, told).path) == whole
        assert told.resumed == 5


@pytest.mark.parametrize(
    "text", ['{"format_version": 1}', "[" * 100_000, '{"format_version": 1, "settings": []}']
)
def test_a_manifest_that_is_not_one_is_told_and_written_again(tiny, tmp_path, text):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    (path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=r"manifest\.json: .* Run the `simeval run` command"):
        open_run(path)
    assert run([tiny], POLICIES, SETTINGS, tmp_path).headline()["planned"] == 5


def test_a_run_that_was_cut_off_shows_the_verdicts_it_has(tiny, tmp_path, clean):
    for back in range(10, clean[3], 3):  # the last moment before the second batch is there
        with armed(f"any:{clean[3] - back}:stop"), pytest.raises(faults.Stopped):
            run([tiny], POLICIES, SETTINGS, tmp_path / str(back))
        opened = open_run(tmp_path / str(back))
        if len(opened.episodes) < 5:
            break
    assert opened.profile == "simeval-core@1"
    judged = opened.headline()["planned"] - opened.headline()["unscored"]
    assert 0 < judged <= len(opened.episodes) < 5


def test_a_folder_of_a_newer_version_is_refused_and_left_alone(tiny, tmp_path):
    path = run([tiny], POLICIES, SETTINGS, tmp_path).path
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 99'))
    before = manifest.read_bytes()
    for attempt in (lambda: open_run(path), lambda: run([tiny], POLICIES, SETTINGS, tmp_path)):
        with pytest.raises(StoreError, match="newer simeval"):
            attempt()
    assert manifest.read_bytes() == before


def test_two_runs_in_one_folder_do_not_disturb_each_other(tiny, tmp_path, clean, tools):
    for race in range(5):
        results: list[object] = []

        def go(out: Path = tmp_path / f"race-{race}", results: list[object] = results) -> None:
            try:
                results.append(run([tiny], POLICIES, SETTINGS, out).path)
            except BaseException as error:
                results.append(error)

        threads = [threading.Thread(target=go) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({str(r) for r in results}) == 1, results
        assert tools.dump(tmp_path / f"race-{race}" / clean[0]) == clean[1]


def test_no_nan_reaches_a_file():
    from simeval.runs.tables import NotFiniteError, encode, table_of

    row = {
        "key": "k", "step": 1, "time_s": float("nan"), "agent_a": "a", "body_a": 0, "agent_b": "b",
        "body_b": 0, "x_m": 0.0, "y_m": 0.0, "closing_speed_mps": 0.0,
    }  # fmt: skip
    with pytest.raises(NotFiniteError, match="column time_s holds NaN"):
        encode("contacts", table_of("contacts", [row]))
    with pytest.raises(NotFiniteError, match="column x_m holds a null"):
        encode("contacts", table_of("contacts", [row | {"time_s": 0.0, "x_m": None}]))


def test_a_fault_is_described_by_three_words():
    assert faults.Fault.parse("write:17:kill") == faults.Fault("write", 17, "kill")
    with pytest.raises(Exception, match="OPERATION:N:ACTION"):
        faults.Fault.parse("write:soon:kill")
    assert hasattr(errno, "ENOSPC")
