"""Times SUMO through libsumo: the straight motorway, and a city grid with traffic lights."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import libsumo
from highway_scene import CAR_LENGTH, CAR_WIDTH, DT, LANE_WIDTH, LANES, LENGTH, SPEED_LIMIT, STEPS, cars
from timing import Steps, Workload, report, stopwatch

GRID, BLOCK_M, GRID_STEPS, WARM_UP_STEPS = 12, 200, 200, 1800
TOOLS = Path(sys.executable).parent
READ = [libsumo.constants.VAR_POSITION, libsumo.constants.VAR_SPEED, libsumo.constants.VAR_ANGLE]


def tool(name: str, *arguments: str) -> None:
    """Runs one of SUMO's own programs."""
    subprocess.run([TOOLS / name, *arguments], check=True, capture_output=True)


def start(net: Path, *more: str) -> None:
    """Begins a simulation without output."""
    common = ["--step-length", str(DT), "--no-step-log", "--no-warnings", "--time-to-teleport", "-1"]
    libsumo.start(["sumo", "-n", str(net), *common, *more])


def counted(steps: int) -> tuple[int, int]:
    """Advances and reads position, speed and angle of every vehicle."""
    agents = 0
    for _ in range(steps):
        libsumo.simulationStep()
        ids = libsumo.vehicle.getIDList()
        for name in ids:
            libsumo.vehicle.getPosition(name)
            libsumo.vehicle.getSpeed(name)
            libsumo.vehicle.getAngle(name)
        agents += len(ids)
    return agents, steps


def motorway_net(folder: Path) -> Path:
    """Straight lanes, by netconvert."""
    net = folder / "motorway.net.xml"
    (folder / "m.nod.xml").write_text(
        f'<nodes><node id="a" x="0" y="0"/><node id="b" x="{LENGTH}" y="0"/></nodes>'
    )
    (folder / "m.edg.xml").write_text(
        f'<edges><edge id="e" from="a" to="b" numLanes="{LANES}" speed="{SPEED_LIMIT}" '
        f'width="{LANE_WIDTH}"/></edges>'
    )
    tool("netconvert", "-n", str(folder / "m.nod.xml"), "-e", str(folder / "m.edg.xml"), "-o", str(net))
    return net


def motorway_cars(folder: Path) -> None:
    """All cars where they begin, also where SUMO would find them too near to one another."""
    rows = "".join(
        f'<vehicle id="c{k}" type="idm" route="r" depart="0" departLane="{LANES - 1 - car.lane}" '
        f'departPos="{car.s + 0.5 * CAR_LENGTH}" departSpeed="{car.speed}" insertionChecks="none"/>'
        for k, car in enumerate(cars())
    )
    kind = f'<vType id="idm" carFollowModel="IDM" length="{CAR_LENGTH}" width="{CAR_WIDTH}"/>'
    text = f'<routes>{kind}<route id="r" edges="e"/>{rows}</routes>'
    (folder / "motorway.rou.xml").write_text(text)


def motorway(net: Path) -> Steps:
    """Every car by IDM and SUMO's lane changes."""
    start(net, "-r", str(net.with_name("motorway.rou.xml")), "--collision.action", "warn")
    libsumo.simulationStep()
    for k, car in enumerate(cars()):
        libsumo.vehicle.setMaxSpeed(f"c{k}", car.desired)
    taken = stopwatch(lambda: counted(STEPS))
    libsumo.close()
    return taken


def grid(folder: Path) -> None:
    """A 12 x 12 grid of two lanes with lights, filled until traffic flows everywhere."""
    net, trips = folder / "grid.net.xml", folder / "grid.rou.xml"
    tool(
        "netgenerate", "--grid", "--grid.number", str(GRID), "--grid.length", str(BLOCK_M),
        "-L", "2", "--tls.guess", "true", "--default-junction-type", "traffic_light", "-o", str(net),
    )  # fmt: skip
    step = 7
    names = [f"{a}{i}{b}{j}" for a, i, b, j in _edges()]
    flows = "".join(
        f'<trip id="t{k}" type="idm" depart="{0.2 * k:.1f}" departSpeed="max" departLane="best" '
        f'from="{names[(step * k) % len(names)]}" to="{names[(step * k + 211) % len(names)]}"/>'
        for k in range(3000)
    )
    trips.write_text(f'<routes><vType id="idm" carFollowModel="IDM"/>{flows}</routes>')
    start(net, "-r", str(trips))
    for _ in range(WARM_UP_STEPS):
        libsumo.simulationStep()


def _edges() -> list[tuple[str, int, str, int]]:
    letters = "ABCDEFGHIJKL"
    made = []
    for i in range(GRID):
        for j in range(GRID):
            if i + 1 < GRID:
                made.append((letters[i], j, letters[i + 1], j))
                made.append((letters[i + 1], j, letters[i], j))
            if j + 1 < GRID:
                made.append((letters[i], j, letters[i], j + 1))
                made.append((letters[i], j + 1, letters[i], j))
    return made


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        net = motorway_net(folder)
        motorway_cars(folder)
        rows = [Workload("motorway", "IDM, lane changes, read-back", DT, lambda: motorway(net))]
        begun: list[bool] = []

        def city() -> Steps:
            """The first call fills the city; it goes on from call to call."""
            if not begun:
                grid(folder)
                begun.append(True)
            return stopwatch(lambda: counted(GRID_STEPS))

        rows.append(Workload("city grid", "IDM, lane changes, junctions, lights, read-back", DT, city))
        report("SUMO", version("libsumo"), rows)
