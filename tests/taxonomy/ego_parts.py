"""Parts that scripted egos are put together from: steering and pedal functions of what is seen."""

import math

import numpy as np

from simeval.geometry import arc_lengths, point_at, project, wrap_angle

WHEELBASE = 2.7  # [m] of the car that steers; others have theirs in the agent table


def driver(pedal, steer):
    """A driver of a pedal and a steering function."""
    return lambda seen: (float(pedal(seen)), float(steer(seen)))


# --- pedals: seen -> acceleration [m/s^2] -----------------------------------------------------------


def cruise(speed, gain=1.0, most=2.0, brake=3.0):
    """Holds a speed; `speed` may be a function of what is seen."""
    wanted = speed if callable(speed) else lambda seen: speed
    return lambda seen: min(max(gain * (wanted(seen) - seen.speed), -brake), most)


def constant(accel):
    return lambda seen: accel


def switch(when, before, after):
    """`before` until `when(seen)` is true for the first time, then `after`."""

    def act(seen):
        key = f"switch{id(when)}"
        if not seen.memory.get(key) and when(seen):
            seen.memory[key] = True
        return (after if seen.memory.get(key) else before)(seen)

    return act


def at_time(t):
    return lambda seen: seen.time_s >= t - 1e-9


def at_s(s):
    """The ego's centre has come this far along its route [m]."""
    return lambda seen: on_route(seen)[0] >= s


def past(line, s):
    """The ego's centre has come this far along a line [m]."""
    return lambda seen: float(project(line, seen.ego[:2][None])[0][0]) >= s


def near(agent, gap):
    """The centres are closer than this [m]."""
    return lambda seen: math.hypot(*(seen.others[agent, :2] - seen.ego[:2])) < gap


def stop_before(s, start, speed, decel=2.0):
    """Drives at `speed` and brakes to stand with the centre at `s` of its lane; it begins at `start`."""
    drive = cruise(speed)

    def act(seen):
        begin = seen.memory.setdefault("begin", on_route(seen)[0])
        left = max(s - start + begin - on_route(seen)[0], 0.05)
        braking = seen.memory.get("braking") or seen.speed**2 / (2.0 * left) > decel
        seen.memory["braking"] = braking
        if not braking:
            return drive(seen)
        return -3.0 if seen.speed < 0.2 else -min(9.0, seen.speed**2 / (2.0 * left))

    return act


def idm(
    speed, *, headway=1.2, gap=2.0, accel=1.5, brake=2.0, blind=(), delay=0, width=1.4, most=8.0, red=True
):
    """The Intelligent Driver Model along the route, blind to some agents, or late by `delay` steps."""

    def act(seen):
        a = speed_term = accel * (1.0 - (seen.speed / max(speed, 0.1)) ** 4)
        found = lead_on_route(seen, blind, width)
        stop = red_ahead(seen) if red else None
        obstacles = [found] if found else []
        if stop is not None:
            obstacles.append((stop, 0.0))
        for distance, lead_speed in obstacles:
            wish = gap + max(
                0.0,
                seen.speed * headway
                + seen.speed * (seen.speed - lead_speed) / (2 * math.sqrt(accel * brake)),
            )
            a = min(a, speed_term - accel * (wish / max(distance, 0.1)) ** 2)
        a = max(a, -most)
        past = seen.memory.setdefault("pedals", [])
        past.append(a)
        return past[-1 - delay] if len(past) > delay else speed_term

    return act


# --- steering: seen -> angle [rad] ------------------------------------------------------------------


def along(line=None, offset=0.0, most=0.6, ahead=4.0, per_speed=0.35):
    """Pure pursuit of a line (the route) at an offset to the left; `offset` may be a function."""
    side = offset if callable(offset) else lambda seen: offset

    def act(seen):
        xy = seen.scenario.route.xy if line is None else line
        x, y, heading, speed = seen.ego
        wheelbase = wheelbase_of(seen)
        rear = np.array([x, y]) - 0.5 * wheelbase * np.array([math.cos(heading), math.sin(heading)])
        s = float(project(xy, rear[None])[0][0])
        reach = ahead + per_speed * max(speed, 0.0)
        point, direction = place_on(xy, s + reach)
        d = side(seen)
        target = point + d * np.array([-math.sin(direction), math.cos(direction)])
        away = target - rear
        bearing = wrap_angle(math.atan2(away[1], away[0]) - heading)
        return max(-most, min(most, math.atan2(2.0 * wheelbase * math.sin(bearing), math.hypot(*away))))

    return act


def fixed(angle):
    return lambda seen: angle


def sway(base, amplitude, period_s, start=0.0):
    """Another steering with a wave on top."""
    return lambda seen: (
        base(seen)
        + (
            amplitude * math.sin(2.0 * math.pi * (seen.time_s - start) / period_s)
            if seen.time_s >= start
            else 0.0
        )
    )


def shift(to, start_s, over_s, begin=0.0):
    """An offset that moves smoothly from `begin` to `to`."""

    def offset(seen):
        u = min(max((seen.time_s - start_s) / over_s, 0.0), 1.0)
        return begin + (to - begin) * u * u * (3.0 - 2.0 * u)

    return offset


def weak(steer, accel):
    """The same steering with no more than this lateral acceleration [m/s^2]: the car understeers."""

    def act(seen):
        most = math.atan(wheelbase_of(seen) * accel / max(seen.speed, 0.5) ** 2)
        return max(-most, min(most, steer(seen)))

    return act


# --- what they look at ------------------------------------------------------------------------------


def wheelbase_of(seen):
    return float(seen.scenario.agents.bodies.wheelbase[0])


def place_on(xy, s):
    """Point and direction of a line at arc length `s`, straight on beyond its end."""
    end = float(arc_lengths(xy)[-1])
    point, direction = point_at(xy, np.array([min(s, end)]))
    direction = float(np.asarray(direction).reshape(-1)[0])
    return point.reshape(2) + max(0.0, s - end) * np.array(
        [math.cos(direction), math.sin(direction)]
    ), direction


def on_route(seen):
    """Arc length of the centre on the route, and offset to its left."""
    key = ("on_route", seen.step)
    if seen.memory.get("on_route_at") != key:
        s, d = project(seen.scenario.route.xy, seen.ego[None, :2])
        seen.memory["on_route_at"], seen.memory["on_route"] = key, (float(s[0]), float(d[0]))
    return seen.memory["on_route"]


def lead_on_route(seen, blind=(), width=1.4):
    """Gap and speed along the route of the nearest body on it ahead, bumper to bumper; None: nobody."""
    xy, agents = seen.scenario.route.xy, seen.scenario.agents
    there = ~np.isnan(seen.others[:, 0])
    rows = [a for a in np.flatnonzero(there).tolist() if a != 0 and agents.ids[a] not in blind]
    if not rows:
        return None
    s0 = on_route(seen)[0]
    best = None
    for a in rows:
        x, y, heading, vx, vy = seen.others[a]
        length, half = float(agents.length[a]), 0.5 * float(agents.width[a])
        u = np.linspace(-0.5, 0.5, 5)[:, None] * length
        points = np.array([x, y]) + u * np.array([math.cos(heading), math.sin(heading)])
        s, d = project(xy, points)
        inside = (np.abs(d) < width + half) & (s > s0)
        if inside.any():
            gap = float(s[inside].min()) - s0 - 0.5 * float(agents.length[0])
            direction = place_on(xy, float(s[inside].min()))[1]
            ahead = vx * math.cos(direction) + vy * math.sin(direction)
            if best is None or gap < best[0]:
                best = (gap, ahead)
    return best


def red_ahead(seen):
    """Distance of the front from the next red or yellow stop point on the route; None: there is none."""
    signals = seen.scenario.signals
    if not len(signals):
        return None
    xy, s0 = seen.scenario.route.xy, on_route(seen)[0] + 0.5 * float(seen.scenario.agents.length[0])
    state = signals.state[min(seen.step, len(signals.state) - 1)]
    found = []
    for k in range(len(signals)):
        s, d = project(xy, signals.stop_xy[k][None])
        if abs(float(d[0])) < 1.0 and s[0] > s0 - 0.3 and state[k] in (3, 4):
            found.append(float(s[0]) - s0)
    return min(found, default=None)
