"""Worlds of one recording share its log, and do what they do alone."""

import dataclasses

import numpy as np
from observe_scenes import random_scene

from simeval.sim import SimSettings, Worlds

SETTINGS = SimSettings(end_on=())


def copied(scenario):
    """The same scenario with arrays of its own."""
    states, signals = (
        dataclasses.replace(part, **{f.name: getattr(part, f.name).copy() for f in dataclasses.fields(part)})
        for part in (scenario.states, scenario.signals)
    )
    return dataclasses.replace(scenario, states=states, signals=signals)


def test_a_further_world_of_a_recording_adds_no_log():
    scene = random_scene(3, start=4)
    one, many = (Worlds([scene] * n, "idm", SETTINGS).tables for n in (1, 6))
    for table in ("log", "signal"):
        assert len(getattr(one, table)) == len(getattr(many, table)) > 0
    assert len(one.bodies.logged_hitch) == len(many.bodies.logged_hitch) > 0


def test_worlds_that_share_logs_do_what_worlds_with_their_own_do():
    scenes = [random_scene(3, start=4), random_scene(8, start=2)]
    shared = Worlds([scenes[0], scenes[1], scenes[0], scenes[1]], "idm", SETTINGS)
    own = Worlds([scenes[0], scenes[1], copied(scenes[0]), copied(scenes[1])], "idm", SETTINGS)
    assert len(shared.tables.log) < len(own.tables.log)
    for worlds in (shared, own):
        worlds.advance(30)
    for w in range(4):
        ours, theirs = shared.trace(w), own.trace(w)
        for name in ("xy", "heading", "velocity", "valid", "hitch"):
            assert np.array_equal(getattr(ours.states, name), getattr(theirs.states, name))
        assert np.array_equal(ours.flags, theirs.flags)
