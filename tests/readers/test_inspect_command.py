import json

import pytest
from file_makers import nocturne, waymo, write_av2, write_json

from simeval.cli import main


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as stop:
            main(list(words))
        out, err = capfd.readouterr()
        return stop.value.code or 0, out, err

    return run


@pytest.fixture
def pack(run, tmp_path):
    write_av2(tmp_path / "logs" / "av2")
    write_json(tmp_path / "logs" / "1.json", waymo())
    write_json(tmp_path / "logs" / "2.json", nocturne())
    run("import", "logs", "-o", "p.pack")
    return "p.pack"


def test_a_pack_is_one_row_a_scenario(run, pack):
    code, out, _ = run("inspect", pack)
    assert code == 0
    assert all(name in out for name in ("p/abc123", "p/scene-1", "p/synthetic"))
    rows = json.loads(run("inspect", pack, "--json")[1])
    assert [(r["id"], r["steps"], r["agents"], r["ego"]) for r in rows] == [
        ("p/abc123", 20, 2, True),
        ("p/synthetic", 20, 2, False),
        ("p/scene-1", 60, 2, True),
    ]


def test_one_scenario_in_detail(run, pack):
    code, out, _ = run("inspect", pack, "scene")
    assert code == 0 and "CC BY-NC-SA 4.0" in out and "pedestrian" in out and "AV (ego)" in out
    facts = json.loads(run("inspect", pack, "scene", "--json")[1])
    assert (facts["id"], facts["ego"], facts["num_steps"], facts["duration_s"]) == (
        "p/scene-1",
        "AV",
        60,
        1.0,
    )
    assert facts["map"]["lanes"] == 5 and facts["map"]["topology"] == "given"
    assert [a["agent"] for a in facts["agents"]] == ["AV (ego)", "42"]


@pytest.mark.parametrize("name", ["abc123", "synthetic", "scene-1"])
def test_a_drawing_shows_the_ego(run, pack, tmp_path, name):
    from matplotlib.image import imread

    code, _, err = run("inspect", pack, name, "--png", "a.png")
    assert code == 0 and "drawn: a.png" in err
    picture = imread(tmp_path / "a.png")[..., :3]
    red = (abs(picture - [0xD1 / 255, 0x49 / 255, 0x5B / 255]) < 0.02).all(axis=-1).sum()
    assert (red > 100) == (name != "synthetic"), "the ego has its own colour; without ego it is absent"
    assert len({tuple(p) for p in picture.reshape(-1, 3)[::50]}) > 5


def test_a_scenario_file_can_be_inspected_without_a_pack(run, pack):
    rows = json.loads(run("inspect", "logs/1.json", "--json")[1])
    assert [r["id"] for r in rows] == ["waymo-json/abc123"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["p.pack", "nothing"], "simeval: p.pack: scenario 'nothing' is not known."),
        (["p.pack", "p/"], "simeval: p.pack: 'p/' is part of 3 ids. Name one, such as p/abc123."),
        (["p.pack", "--png", "a.png"], "simeval: p.pack: holds 3 scenarios. Name one, such as p/abc123."),
        (
            ["p.pack", "abc", "--png", "a.jpg"],
            "simeval: a.jpg: is not a name for a picture. Write --png NAME.png.",
        ),
        (
            ["p.pack", "abc", "--png", "no/a.png"],
            "simeval: no/a.png: cannot be written there. Name a file in a folder that exists.",
        ),
        (["q.pack"], "simeval: q.pack: does not exist. `simeval import` makes packs from files."),
    ],
)
def test_mistakes_are_one_message(run, pack, words, message):
    code, out, err = run("inspect", *words)
    assert code == 2 and out == "" and err.startswith(message)


@pytest.mark.parametrize("topic", ["scenarios", "metrics", "profiles", "modes", "policies", "formats"])
def test_everything_can_be_listed(run, topic):
    code, out, _ = run("list", topic)
    assert code == 0
    rows = json.loads(run("list", topic, "--json")[1])
    assert rows and all(row.keys() == rows[0].keys() for row in rows)
    assert str(next(iter(rows[0].values())))[:12] in out


def test_every_format_that_is_read_can_be_listed(run):
    rows = json.loads(run("list", "formats", "--json")[1])
    assert [r["format"] for r in rows if r["read"]] == ["argoverse2", "waymo-json"]


def test_an_unknown_topic_names_the_choices(run):
    code, _, err = run("list", "policy")
    assert code == 2 and "policies" in err
