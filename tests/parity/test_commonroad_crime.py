"""Every value of the criticality measures that CommonRoad-CriMe and we both have.

Left out: TTB, TTK, TTS, TTR and TTC* roll the peer's vehicle model, ET, PET and PSD use its lanelet areas,
DeltaV, SOI, STN, AReq, ALatReq and the jerks are defined otherwise or zero throughout; CriMe has no DRAC.
The peer smooths the line of a lane before it takes headings and arc lengths, so in bends the heading beside
a vehicle is known to one segment only: there a value must lie between those of the segments' headings.
"""

import itertools
import math
from dataclasses import replace

import numpy as np

from simeval.geometry import corners, project
from simeval.safety.commonroad_crime import (
    CrimeVehicle,
    along_required,
    brake_threat,
    closest,
    deceleration_to_safety,
    exposed,
    headway,
    headway_time,
    stopping_distance,
    time_to_collision,
    worst_case_time,
)

DT = 0.1
ROUNDING = {
    "BTN": 5e-4,
    "TIT": 1e-3,
    "THW": 0.0,
    "TET": 0.0,
    "TTCE": 0.0,
    "WTTC": 0.6 * DT,
}  # 0.01 for others
BEND = 0.05  # relative, beside the headings
ENDLESS = 1e6  # [s] above it the peer divides by rounding noise: never


def lane_lines(scenario):
    """Centre lines of the lanes, each to the left of the one before."""
    first = np.array(scenario["centerline_lane0"], dtype=float)
    along = np.gradient(first, axis=0)
    along /= np.sqrt((along**2).sum(axis=1, keepdims=True))
    left = np.stack([-along[:, 1], along[:, 0]], axis=1)
    return [first + k * scenario["lane_width"] * left for k in range(scenario["n_lanes"])]


def lane_of(box, lines, half):
    """The first lane that the box touches."""
    offsets = [project(line, box)[1] for line in lines]
    return next((k for k, d in enumerate(offsets) if d.min() < half and d.max() > -half), 0)


def vehicle(record, lines, half, share=None):
    """`share` chooses between the headings of the segment beside the vehicle and of the next one."""
    rows = np.array(record["rows"], dtype=float)
    boxes = corners(rows[:, 1:3], rows[:, 3], record["length"], record["width"])
    lanes = [lines[lane_of(box, lines, half)] for box in boxes]
    headings = [lane_heading(line, p, share) for line, p in zip(lanes, rows[:, 1:3], strict=True)]
    return CrimeVehicle(
        xy=rows[:, 1:3], heading=rows[:, 3], speed=rows[:, 4], acceleration=np.gradient(rows[:, 4], DT),
        length=record["length"], width=record["width"], lanes=lanes, lane_heading=np.array(headings),
        is_static=bool(record.get("static", False)),
    )  # fmt: skip


def lane_heading(line, p, share):
    step = np.diff(line, axis=0)
    along = np.clip(((p - line[:-1]) * step).sum(1) / (step**2).sum(1), 0.0, 1.0)
    k = int(((line[:-1] + along[:, None] * step - p) ** 2).sum(1).argmin())
    heading = np.arctan2(step[:, 1], step[:, 0])
    return heading[k] + (share or 0.0) * (heading[min(k + 1, len(heading) - 1)] - heading[k])


def measures(ego, other, t):
    distance, at = closest(ego, other, t, DT)
    times = np.array([time_to_collision(ego, other, k) for k in range(t, len(ego.xy))])
    required = along_required(ego, other, t)
    tet, tit = exposed(times, DT)
    return {
        "DCE": distance, "TTCE": at, "WTTC": worst_case_time(ego, other, t), "MSD": stopping_distance(ego, t),
        "HW": headway(ego, other, t), "TTC": times[0], "ALongReq": required, "BTN": brake_threat(required),
        "DST": deceleration_to_safety(ego, other, t), "THW": headway_time(ego, other, t, DT),
        "TET": tet, "TIT": tit,
    }  # fmt: skip


def agrees(found, expected, room):
    expected = float(expected)
    if math.isinf(expected) or abs(expected) > ENDLESS:
        return max(found) > ENDLESS
    return min(found) - room <= expected <= max(found) + room


def disagreements(records, lines_of, left_out=()):
    wrong, count = [], 0
    for index, c in enumerate(records):
        lines, half, bend = lines_of(c), 0.5 * c.get("lane_width", 3.5), is_bent(c)
        shares = list(itertools.product((0.0, 1.0), repeat=2)) if bend else [(0.0, 0.0)]
        pairs = [(vehicle(c["ego"], lines, half, a), vehicle(c["other"], lines, half, b)) for a, b in shares]
        for t in sorted({int(t) for values in c["values"].values() for t in values}):
            found = [measures(ego, other, t) for ego, other in pairs]
            for name in set(found[0]) - set(left_out):
                expected = c["values"].get(name, {}).get(str(t))
                if expected is None or (name == "TTCE" and is_tie(*pairs[0], t, float(expected))):
                    continue
                count += 1
                room = ROUNDING.get(name, 0.01) + (BEND * abs(float(expected)) if bend else 0.0) + 1e-6
                values = [f[name] for f in found]
                if not agrees(values, expected, room):
                    wrong.append((index, c["name"], t, name, sorted(map(float, values)), expected))
    return wrong, count


def is_bent(c):
    line = np.array(c["centerline_lane0"]) if "centerline_lane0" in c else np.array([[0, 0], [1, 0], [2, 0]])
    step = np.diff(line, axis=0)
    return bool(np.ptp(np.arctan2(step[:, 1], step[:, 0])) > 1e-6)


def is_tie(ego, other, t, after):
    """Whether the two are as close at the peer's step as they ever are: rounding chooses among such steps."""
    k = t + round(after / DT)
    there = [replace(v, xy=v.xy[k : k + 2], heading=v.heading[k : k + 2]) for v in (ego, other)]
    return abs(closest(*there, 0, DT)[0] - closest(ego, other, t, DT)[0]) < 1e-6


def test_every_shared_measure_along_a_lane_agrees(cases):
    wrong, count = disagreements(cases["scenarios"], lane_lines)
    assert not wrong, "\n".join(map(str, wrong))
    assert count >= 30 * len(cases["scenarios"])


def test_every_shared_measure_at_intersections_agrees(cases):
    def lines(c):
        return [np.array(lane["center"], dtype=float) for lane in c["lanelets"]]

    along_a_lane = ("HW", "TTC", "ALongReq", "BTN", "DST", "THW", "TET", "TIT")
    wrong, count = disagreements(cases["intersection_scenarios"], lines, along_a_lane)
    assert not wrong, "\n".join(map(str, wrong))
    assert count >= 8 * len(cases["intersection_scenarios"])
