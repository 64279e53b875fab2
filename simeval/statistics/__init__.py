"""Statistics on plain arrays: intervals, paired tests that respect clusters, power, several tests at once.

Scenarios of one cluster (a family, a log file) share their origin and tend to fail together, so that they
are worth less than as many independent ones. Functions here that take `clusters` count clusters, not rows.
Nothing is drawn at random unless a key says so: the same data give the same numbers.
"""

from simeval.statistics.bunching import bunching, debunched
from simeval.statistics.clusters import Clusters
from simeval.statistics.interval import Interval
from simeval.statistics.mcnemar import McNemar, fewest_flips
from simeval.statistics.means import cluster_mean, standard_error
from simeval.statistics.multiple import answerable, holm, simes, step_up
from simeval.statistics.power import design_effect, detectable_mean, detectable_rise
from simeval.statistics.rates import clopper_pearson, imbalance_p
from simeval.statistics.sign_flip import SignFlip, sign_flip

__all__ = [
    "Clusters",
    "Interval",
    "McNemar",
    "SignFlip",
    "answerable",
    "bunching",
    "clopper_pearson",
    "cluster_mean",
    "debunched",
    "design_effect",
    "detectable_mean",
    "detectable_rise",
    "fewest_flips",
    "holm",
    "imbalance_p",
    "sign_flip",
    "simes",
    "standard_error",
    "step_up",
]
