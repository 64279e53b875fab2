"""Judgement: what measurements mean under a profile. Outcome, failure mode, first cause, evidence, score."""

from simeval.judge.explaining import explain
from simeval.judge.explanation import Explanation
from simeval.judge.judging import POLICY_MODES, judge_by_each, judge_episode
from simeval.judge.profile import Profile, load_profile, read_profile
from simeval.judge.taxonomy import UNCLASSIFIED, Taxonomy, current_taxonomy, load_taxonomy
from simeval.judge.verdict import Outcome, SubScore, Verdict

__all__ = [
    "POLICY_MODES",
    "UNCLASSIFIED",
    "Explanation",
    "Outcome",
    "Profile",
    "SubScore",
    "Taxonomy",
    "Verdict",
    "current_taxonomy",
    "explain",
    "judge_by_each",
    "judge_episode",
    "load_profile",
    "load_taxonomy",
    "read_profile",
]
