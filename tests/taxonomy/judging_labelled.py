"""What the taxonomy says of the failures that were labelled by hand, under the default profile."""

from labelled_episodes import labelled
from validating import Answer

from simeval.judge import judge_episode, load_profile
from simeval.metrics import measure_episode

PROFILE = "simeval-core"


def labelled_answers():
    """One Answer an episode; all of them count for the precision of every mode."""
    profile = load_profile(PROFILE)
    found = []
    for e in labelled():
        verdict = judge_episode(profile, e.scenario, e.trace, measure_episode(e.scenario, e.trace))
        said = verdict.mode if verdict.outcome == "fail" else None
        told = (f"{e.scenario.id} {e.driver}", e.why, *verdict.evidence)
        found.append(Answer(tested=e.mode, near=False, seed=e.number, truth=e.mode, said=said, told=told))
    return found
