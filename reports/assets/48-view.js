/* The canvas: what a pointer does with it, and the buttons that lie on it. */

/** The view of a replay: `{node, draw, act, camera}`. `changed` is called when the address should change. */
function replayView(replay, moment, changed) {
  const canvas = el("canvas", { class: "scene", role: "img", tabindex: "0", "aria-label": "Replay, drawn from above" });
  const readout = el("div", { class: "readout", "aria-hidden": "true" });
  const about = el("div", { class: "about-agent" });
  const camera = new Camera();
  const context = canvas.getContext("2d");
  let colours = sceneColours();
  let boxes = [];

  const draw = oncePerFrame(() => {
    if (!canvas.isConnected || camera.width <= 1) return;
    const now = moment();
    camera.track(poseOf(replay, replay.ego, now.step, now.fraction));
    boxes = drawScene(context, camera, replay, now, colours, canvas.width / camera.width);
    readout.textContent = readoutText(replay, now);
    about.textContent = now.selected >= 0 ? agentText(replay, now) : "";
    follow.setAttribute("aria-pressed", String(camera.follow));
    heading.setAttribute("aria-pressed", String(camera.headingUp));
  });
  const act = {
    zoom: (factor) => camera.zoom(factor),
    follow: () => (camera.follow = !camera.follow),
    heading: () => {
      camera.headingUp = !camera.headingUp;
      camera.follow = true;
      changed();
    },
    fit: () => camera.fit(egoExtent(replay)),
  };
  const control = (name, label, text, action) =>
    el("button", { type: "button", "data-act": name, "aria-label": label, title: label, on: { click: () => (action(), draw()) } }, text);
  const follow = control("follow", "Follow the ego (f)", "Follow", act.follow);
  const heading = control("heading", "Heading up or north up (h)", "Heading up", act.heading);
  const node = el(
    "div",
    { class: "view" },
    canvas,
    readout,
    about,
    el(
      "div",
      { class: "view-controls" },
      follow,
      heading,
      control("fit", "Show the whole drive (0)", "Fit", act.fit),
      control("in", "Zoom in (+)", "+", () => act.zoom(1.4)),
      control("out", "Zoom out (-)", "−", () => act.zoom(1 / 1.4)),
    ),
  );
  pointers(canvas, camera, draw, (x, y) => changed(agentAt(boxes, x, y, 8 / camera.scale)));
  new ResizeObserver(() => {
    const ratio = window.devicePixelRatio || 1;
    camera.resize(canvas.clientWidth, canvas.clientHeight);
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    draw();
  }).observe(canvas);
  const recolour = () => {
    colours = sceneColours();
    draw();
  };
  const theme = matchMedia("(prefers-color-scheme: dark)");
  theme.addEventListener("change", recolour);
  return { node, draw, act, camera, close: () => theme.removeEventListener("change", recolour) };
}

function readoutText(replay, now) {
  const ego = poseOf(replay, replay.ego, now.step);
  const speed = ego ? `${fixed(ego.speed, 1)} m/s` : "not there";
  return `${fixed(now.time)} s   step ${now.step}   ego ${speed}`;
}

function agentText(replay, now) {
  const { id, kind, driver } = replay.agents;
  const pose = poseOf(replay, now.selected, now.step);
  const who = `${id[now.selected]}: ${kind[now.selected]}, driven by ${driver[now.selected]}`;
  return pose ? `${who}, ${fixed(pose.speed, 1)} m/s` : `${who}, not there at this moment`;
}

/** Drag pans, wheel and two fingers zoom, a click chooses an agent. */
function pointers(canvas, camera, draw, choose) {
  const down = new Map();
  let moved = 0;
  const place = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    moved = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const [x, y] = place(event);
    moved += Math.hypot(x - before[0], y - before[1]);
    if (down.size === 1 && moved > 3) camera.pan(x - before[0], y - before[1]);
    if (down.size === 2) pinch(event.pointerId, [x, y], before);
    down.set(event.pointerId, [x, y]);
    draw();
  });
  const pinch = (id, [x, y], before) => {
    const [other] = [...down].filter(([each]) => each !== id).map(([, point]) => point);
    const ratio = Math.hypot(x - other[0], y - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1]));
    camera.zoom(ratio, (x + other[0]) / 2, (y + other[1]) / 2);
  };
  const up = (event) => {
    if (event.type === "pointerup" && moved <= 3) choose(...camera.toWorld(...place(event)));
    down.delete(event.pointerId);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      camera.zoom(Math.exp(-event.deltaY * 0.0015), ...place(event));
      draw();
    },
    { passive: false },
  );
}
