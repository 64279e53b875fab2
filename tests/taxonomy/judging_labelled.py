"""What the taxonomy says of the failures that were labelled by hand, each under the profile that fails it."""

import tomllib

from labelled_episodes import FOLDERS, labelled
from validating import Answer

from simeval.judge import judge_episode, load_profile
from simeval.metrics import measure_episode


def labelled_answers(name):
    """One Answer an episode of a set; all of them count for the precision of every mode."""
    return [_answer(e, *_judged(e)) for e in labelled(name)]


def first_answers(name):
    """What the rules said when they first saw these drives, as written down then; empty where it was not."""
    path = FOLDERS[name] / "first_run.toml"
    said = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return [_answer(e, said[str(e.number)]) for e in labelled(name)] if said else []


def _judged(e):
    profile, measured = load_profile(e.profile), measure_episode(e.scenario, e.trace)
    verdict = judge_episode(profile, e.scenario, e.trace, measured)
    return verdict.mode if verdict.outcome == "fail" else None, verdict.evidence


def _answer(e, said, evidence=()):
    truth = said if said in e.also else e.mode
    told = (f"{e.scenario.id} {e.driver}", e.why, *evidence)
    return Answer(tested=truth, near=False, seed=e.number, truth=truth, said=said, told=told)
