"""What a person reads who made a mistake in a profile."""

import pytest

from simeval.errors import InputError, UsageError
from simeval.judge import load_profile, read_profile

RULE = '[[fail]]\nmode = "a/b"\nall = [{ measure = "min_ttc_s", below = 1.0 }]\n'
SCORE = '[[score]]\nmeasure = "min_ttc_s"\nweight = 1\nmap = { at_least = 1.0 }\n'


def message(tmp_path, body, head='name = "mine"\nversion = 1\n'):
    path = tmp_path / "mine.toml"
    path.write_text(head + body)
    with pytest.raises(InputError) as error:
        read_profile(path)
    return str(error.value)


def test_the_forms_used_here_are_right(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nversion = 1\n' + RULE + SCORE)
    assert read_profile(path).label == "mine@1"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            RULE.replace("below", "bellow"),
            "mine.toml: fail[0].all[0]: key 'bellow' is not known. Did you mean 'below'?",
        ),
        (
            RULE.replace("min_ttc_s", "min_tcc_s"),
            "mine.toml: fail[0].all[0]: metric 'min_tcc_s' is not known. Did you mean 'min_ttc_s'?",
        ),
        (
            RULE.replace("measure", "event"),
            "mine.toml: fail[0].all[0]: 'below' compares a measure, not 'event'.",
        ),
        (
            RULE.replace('measure = "min_ttc_s", below = 1.0', 'event = "contct"'),
            "mine.toml: fail[0].all[0]: event 'contct' is not known. Did you mean 'contact'?",
        ),
        (
            RULE.replace('measure = "min_ttc_s", below = 1.0', 'event = "contact", where = { falt = "yes" }'),
            "mine.toml: fail[0].all[0].where: field of event 'contact' 'falt' is not known. "
            "Did you mean 'fault'?",
        ),
        (
            RULE.replace(", below = 1.0", ""),
            "mine.toml: fail[0].all[0]: a measure needs a comparison. "
            "Add one of above, below, at_least, at_most, equals, in.",
        ),
        (
            RULE.replace('measure = "min_ttc_s", ', ""),
            "mine.toml: fail[0].all[0]: expected one of measure, event, tag, all, any, none, not; "
            "got none of them.",
        ),
        (
            RULE.replace("below = 1.0", 'tag = "x"'),
            "mine.toml: fail[0].all[0]: expected one of measure, event, tag, all, any, none, not; "
            "got measure and tag.",
        ),
        (
            RULE.replace("1.0", '"one"'),
            "mine.toml: fail[0].all[0].below: expected `float | null`, got `str`. "
            "docs/rules.md shows the form.",
        ),
        (RULE.replace("1.0", "nan"), "mine.toml: fail[0].all[0].below: expected a finite number."),
        (
            '[[fail]]\nmode = "a/b"\n',
            "mine.toml: fail[0]: the rule has no condition. Add all = [...], any = [...] or none = [...].",
        ),
        (
            '[[fail]]\nmode = "a/b"\nall = [{ any = [] }]\n',
            "mine.toml: fail[0].all[0].any: the list is empty.",
        ),
        (
            RULE.replace("a/b", "Contact"),
            "mine.toml: fail[0].mode: expected group/name in lower case, got 'Contact'.",
        ),
        (
            SCORE.replace("weight = 1", "weight = 0"),
            "mine.toml: score[0].weight: expected a weight > 0, got 0.0.",
        ),
        (
            SCORE.replace("at_least = 1.0", "at_least = 1.0, at_most = 2.0"),
            "mine.toml: score[0].map: expected one of at_least, at_most, above, below, ramp, steps, "
            "power; got at_least and at_most.",
        ),
        (
            SCORE.replace("at_least = 1.0", "steps = [[6.0, 0.5], [2.0, 1.0]]"),
            "mine.toml: score[0].map.steps: expected [bound, score] pairs with ascending bounds.",
        ),
        (
            SCORE.replace("at_least = 1.0", "steps = [[6.0, 1.5]]"),
            "mine.toml: score[0].map.steps: expected scores from 0 to 1.",
        ),
        (
            SCORE.replace("at_least = 1.0", "ramp = [1.0, 1.0]"),
            "mine.toml: score[0].map.ramp: expected two different numbers. "
            "Use at_least or at_most for a step.",
        ),
        (
            SCORE + "undefined = 2.0\n",
            "mine.toml: score[0].undefined: expected a score from 0 to 1, got 2.0.",
        ),
        (
            RULE + 'chain = ["ttc"]\n',
            "mine.toml: fail[0].chain[0]: event 'ttc' is not known. Did you mean 'ttc_low'?",
        ),
        (
            RULE.replace('measure = "min_ttc_s", below = 1.0', 'event = "stall", first = true, last = true'),
            "mine.toml: fail[0].all[0]: first and last exclude each other.",
        ),
    ],
)
def test_a_mistake_is_told_with_file_key_and_remedy(tmp_path, body, expected):
    assert message(tmp_path, body) == expected


def test_a_metric_unlike_any_other_is_told_where_all_are_listed(tmp_path):
    rule = '[[fail]]\nmode = "a/b"\nall = [{ measure = "qqq", below = 1.0 }]\n'
    found = message(tmp_path, rule)
    assert "metric 'qqq' is not known. `simeval list metrics` shows all " in found and len(found) < 150


def test_a_file_that_is_no_toml_names_the_line(tmp_path):
    assert message(tmp_path, "x = \n").startswith("mine.toml: is not TOML: Invalid value (at line 3")


def test_numbers_without_end_and_bottomless_nesting_are_told(tmp_path):
    assert "is not TOML: Exceeds the limit" in message(tmp_path, "x = " + "9" * 5000)
    assert message(tmp_path, "x = " + "[" * 5000) == "mine.toml: is nested too deeply. This is not a profile."


def test_the_name_inside_is_the_files_name(tmp_path):
    found = message(tmp_path, "", head='name = "yours"\nversion = 1\n')
    assert found == "mine.toml: name: the file is called 'mine' and says 'yours'. Make them the same."


def test_an_unknown_profile_names_the_nearest():
    with pytest.raises(
        UsageError, match=r"profile 'simeval-cor' is not known\. Did you mean 'simeval-core'\?"
    ):
        load_profile("simeval-cor")
