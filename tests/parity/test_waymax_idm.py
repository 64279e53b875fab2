"""Every case of waymax's IDM sim agent under its four settings.

Logs are straight: the file gives their first position and speed, rounded to 1e-4 m; the peer drove at the
positions of its own log, rounded likewise. A look-ahead point of the log is therefore known to 1.5e-4 m
only. Where a leader is a few centimetres ahead of the centre, that moves the acceleration by more than the
file's relative tolerance; there the distance that the peer's acceleration implies must agree to 1.5e-4 m.
"""

import numpy as np

from simeval.traffic.idm_waymax import WaymaxIdm, waymax_idm_step
from simeval.traffic.waymax_sight import MOST_POINTS, waymax_lead, waymax_look_ahead

PARITY_FILE = "waymax"
RELATIVE, ABSOLUTE, DT = 1e-4, 1e-3, 0.1
POINT_ERROR = 1.5e-4  # [m]
OTHER = WaymaxIdm(10.0, 1.0, 1.5, 1.5, 3.0)
SETTINGS = {
    "default": (WaymaxIdm(), False),
    "default_v10": (OTHER, False),
    "lookahead_along_log": (WaymaxIdm(), True),
    "lookahead_along_log_v10": (OTHER, True),
}


def scene(case):
    """Boxes, speeds, validity and logs of a case."""
    speed, yaw, start = (np.array(case[n], dtype=float) for n in ("speed", "yaw", "log_xy0"))
    boxes = np.column_stack([case["sim_xy0"], yaw, np.tile(case["length_width"], (len(yaw), 1))])
    way = speed[:, None] * np.arange(case["n_log_steps"]) * DT
    x, y = start[:, :1] + way * np.cos(yaw)[:, None], start[:, 1:] + way * np.sin(yaw)[:, None]
    logs = np.stack([x.round(4), y.round(4), np.broadcast_to(yaw[:, None], x.shape)], axis=-1)
    return boxes, speed, np.array(case["valid"], dtype=bool), logs


def each(cases):
    """(name, result, what the peer gave, agents there, speeds, parameters, along the log?) of every case."""
    for i, case in enumerate(cases["idm_route_policy"]):
        boxes, speed, valid, logs = scene(case)
        for name, (p, along) in SETTINGS.items():
            found = waymax_idm_step(boxes, speed, valid, logs, DT, p, along_log=along)
            yield (i, name), found, case[name], valid, speed, p, along


def lead_distance(case, i, along):
    """How far ahead of agent i the first point of overlap is, as we find it [m]."""
    boxes, _, valid, logs = scene(case)
    points = np.zeros((MOST_POINTS, 3))
    count = waymax_look_ahead(*boxes[i, :3], logs[i], along, points)
    return waymax_lead(points, count, i, boxes, valid)[0]


def test_accelerations_agree_with_waymax(cases):
    wrong, walked, by_distance = [], 0, 0
    for (case, name), found, expected, valid, speed, p, along in each(cases):
        for i in np.flatnonzero(valid):
            ours, theirs, walked = found[i, 0], expected["accel"][i], walked + 1
            if abs(ours - theirs) <= ABSOLUTE + RELATIVE * abs(theirs):
                continue
            by_distance += 1
            free = p.max_acceleration * (1.0 - (speed[i] / p.desired_speed) ** 4)
            distance = lead_distance(cases["idm_route_policy"][case], i, along)
            implied = distance * np.sqrt((free - ours) / (free - theirs))  # the desired gap cancels
            if not along or not abs(implied - distance) <= POINT_ERROR:
                wrong.append((case, name, int(i), ours, theirs))
    assert by_distance <= 0.05 * walked
    assert not wrong, f"{len(wrong)} of {walked} agents differ, the first: {wrong[:5]}"


def test_speeds_and_poses_agree_with_waymax(cases):
    wrong, walked = [], 0
    for name, found, case, valid, _, _, _ in each(cases):
        assert (np.array(case["next_valid"], dtype=bool) == valid).all()
        theirs = np.column_stack([case["new_speed"], np.array(case["next"])[:, :3]])[valid]
        off = np.abs(found[valid, 1:] - theirs)
        walked += len(theirs)
        if (off > ABSOLUTE + RELATIVE * np.abs(theirs)).any():
            wrong.append((name, off.max()))
    assert walked > 0
    assert not wrong, f"{len(wrong)} scenes differ, the first: {wrong[:5]}"
