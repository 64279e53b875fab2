"""What tests of metrics share."""

from simeval.metrics import measure_episode


def measured_of(made):
    found = measure_episode(made.scenario, made.trace)
    assert not [m.reason for m in found.measurements if m.is_error]
    return found


def only(measured, event):
    found = measured.events_of(event)
    assert len(found) == 1, found
    return found[0]
