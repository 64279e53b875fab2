import json

import pytest
from file_makers import nocturne, road, waymo, waymo_object, write_av2, write_json

from simeval.cli import main
from simeval.scenario.pack import open_pack


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Runs a command in a folder of its own; gives exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as stop:
            main(list(words))
        out, err = capfd.readouterr()
        return stop.value.code or 0, out, err

    return run


@pytest.fixture
def logs(tmp_path):
    """A folder with two scenarios, one without ego, and three files that give none."""
    folder = tmp_path / "logs"
    write_av2(folder / "av2")
    slow, fast = (waymo_object(i) for i in range(2))
    for t, place in enumerate(fast["position"]):
        place["x"] += 0.5 * t
    write_json(folder / "w" / "1.json", nocturne(objects=[slow, fast], name="n o.json"))
    write_json(folder / "w" / "short.json", waymo(1))
    (folder / "w" / "README").write_text("read me")
    (folder / "w" / "cut.json").write_text('{"objects": [')
    return folder


def test_a_folder_becomes_a_pack_and_every_file_is_accounted_for(run, logs, tmp_path):
    code, out, err = run("import", "logs", "-o", "my logs.pack")
    assert code == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in out.splitlines() if "│" in line]
    assert rows == [
        ["argoverse2", "1", "2", "0"],
        ["waymo-json", "1", "2", "1"],
        ["no known format", "0", "0", "2"],
    ]
    assert "rejected: logs/w/short.json: is too short to simulate" in err
    assert "rejected: logs/w/cut.json: is not valid JSON" in err
    assert "without ego: my_logs/n_o; choose one with --ego ID or --ego longest to run them" in err
    assert "my logs.pack: 2 scenarios with 4 agents, 0.0 MiB; 3 files rejected" in err
    assert open_pack(tmp_path / "my logs.pack").ids == ("my_logs/scene-1", "my_logs/n_o")


def test_json_is_alone_on_standard_output(run, logs):
    code, out, _ = run("import", "logs", "-o", "p.pack", "--json")
    document = json.loads(out)
    assert (code, document["scenarios"], document["agents"], document["maps"]) == (0, 2, 4, 2)
    assert document["formats"]["waymo-json"] == {"scenarios": 1, "agents": 2, "rejected": 1}
    assert [r["path"] for r in document["rejected"]] == [
        "logs/w/README",
        "logs/w/cut.json",
        "logs/w/short.json",
    ]
    assert document["without_ego"] == ["p/n_o"]
    assert document["repaired"]["p/scene-1"]


def test_suite_and_family_are_the_pack_and_the_format(run, logs, tmp_path):
    run("import", "logs", "-o", "p.pack")
    table = open_pack(tmp_path / "p.pack").table()
    assert table[["suite", "family"]].values.tolist() == [["p", "argoverse2"], ["p", "waymo-json"]]


@pytest.mark.parametrize(("choice", "ego"), [("longest", 1), ("101", 1), ("100", 0)])
def test_an_ego_can_be_chosen_for_files_without_one(run, logs, tmp_path, choice, ego):
    code, _, err = run("import", "logs", "-o", "p.pack", "--ego", choice)
    pack = open_pack(tmp_path / "p.pack")
    assert code == 0 and "without ego" not in err
    assert pack.scenario("p/n_o").ego == ego and pack.scenario("p/n_o").route is not None
    assert pack.scenario("p/scene-1").agents.ids[pack.scenario("p/scene-1").ego] == "AV"


def test_a_file_without_the_ego_asked_for_is_rejected(run, logs):
    code, _, err = run("import", "logs", "-o", "p.pack", "--ego", "1000")
    assert code == 0
    assert (
        "rejected: logs/w/1.json: no agent '1000' is there at step 10, when simulation starts. "
        "There are 2, such as '100'." in err
    )


def test_the_same_scenario_twice_is_kept_once(run, tmp_path):
    write_json(tmp_path / "a.json", waymo())
    write_json(tmp_path / "b.json", waymo())
    code, _, err = run("import", "a.json", "b.json", "-o", "p.pack")
    assert code == 0 and "rejected: b.json: holds the same scenario as a.json." in err


def test_two_scenarios_of_one_name_get_a_number(run, tmp_path):
    write_json(tmp_path / "a.json", waymo())
    write_json(tmp_path / "b.json", waymo(roads=[road("lane", [(0, 0), (9, 0)])]))
    run("import", "a.json", "b.json", "-o", "p.pack")
    assert open_pack(tmp_path / "p.pack").ids == ("p/abc123", "p/abc123_2")


def test_nothing_imported_is_exit_code_2_and_leaves_an_old_pack(run, logs, tmp_path):
    run("import", "logs", "-o", "p.pack")
    code, out, err = run("import", "logs/w/short.json", "-o", "p.pack")
    assert code == 2 and "nothing imported, 1 file rejected" in err
    assert len(open_pack(tmp_path / "p.pack")) == 2
    code, out, _ = run("import", "logs/w/short.json", "-o", "q.pack", "--json")
    assert code == 2 and json.loads(out)["pack"] is None
    assert not (tmp_path / "q.pack").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["nowhere", "-o", "p.pack"],
            "simeval: nowhere: does not exist. Name a scenario file or a folder of them.",
        ),
        (
            ["empty", "-o", "p.pack"],
            "simeval: empty: holds no file. Name a scenario file or a folder of them.",
        ),
        (["logs", "-o", "p"], "simeval: p: is not a name for a pack. Write NAME.pack."),
        *(
            (
                ["logs", "-o", out],
                f"simeval: {out}: is or lies below a file, not a folder. Choose another name.",
            )
            for out in ("f.pack", "f.pack/below.pack")
        ),
    ],
)
def test_mistakes_are_one_message(run, logs, tmp_path, words, message):
    (tmp_path / "f.pack").write_text("")
    (tmp_path / "empty" / "folder.json").mkdir(parents=True)
    code, out, err = run("import", *words)
    assert (code, out, err.strip().splitlines()[-1]) == (2, "", message)


def test_control_characters_in_file_names_are_not_printed(run, tmp_path):
    (tmp_path / "a\x1b[31m.json").write_text("{")
    _, _, err = run("import", ".", "-o", "p.pack")
    assert "\x1b" not in err
