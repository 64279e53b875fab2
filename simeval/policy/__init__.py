"""Policies: what they observe, how they act, what they remember, and what is a fault of theirs."""

from simeval.policy.observation import Observation
from simeval.policy.protocol import Memory, Policy, as_policy
from simeval.policy.spec import ObservationSpec, PolicySpec

__all__ = ["Memory", "Observation", "ObservationSpec", "Policy", "PolicySpec", "as_policy"]
