/* The traffic card: what everyone but the ego did, by the model that drove them. */

const TRAFFIC_COLUMNS = { contact: "contacts", off_road: "off road", hard_braking: "hard braking", stall: "stalls", held_back: "held back" };

/** Nothing where there was no traffic; folded where it did nothing worth a look. */
function trafficCard() {
  const card = index.traffic;
  if (!card) return null;
  const events = Object.keys(TRAFFIC_COLUMNS);
  const total = card.models.reduce((sum, model) => sum + events.reduce((own, event) => own + model[event], 0), 0);
  return el(
    "details",
    { class: "panel traffic-card", open: card.warnings.length > 0 },
    el("summary", {}, `Traffic: ${plural(card.models.reduce((sum, model) => sum + model.agents, 0), "agent")} in ${plural(card.episodes, "episode")}, ${plural(total, "event")}`),
    card.warnings.length > 0 && el("ul", { class: "notes" }, card.warnings.map((warning) => el("li", {}, warning))),
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ["driven by", "agents", "hours", ...Object.values(TRAFFIC_COLUMNS)].map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, card.models.map((model) => el("tr", {}, el("th", { scope: "row" }, model.model), [model.agents, fixed(model.hours, 2), ...events.map((event) => model[event])].map((value) => el("td", {}, value))))),
    ),
    card.contacts.map((pair) =>
      el("p", { class: "faint" }, `${pair.pair}: ${plural(pair.contacts, "contact")}, of these ${pair.avoidable} avoidable by braking, ${pair.beside} side by side`),
    ),
  );
}
