// The board: every promised dose, whether it will reach its patient, and why not.

import {el} from "./dom.js";
import {choice, list, written} from "./list.js";
import {badge, bare, left, named, text, unknown, when, word} from "./words.js";

export const VERDICT = "DOSE_VERDICT_";
const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,62}";
const FILTERS = [
  choice("verdicts", "Verdict", ["DOSE_VERDICT_AT_RISK", "DOSE_VERDICT_LOST", "DOSE_VERDICT_SAFE"], VERDICT),
  written("site", "Centre", `sites/${NAME}`, "As sites/…"),
  written("run", "Run", `runs/${NAME}`, "As runs/…"),
  written("orderReference", "Order", ".{1,64}", "The whole reference"),
];

export function board(page, route) {
  return list(page, route, {
    address: "/v1/boardEntries",
    rows: "boardEntries",
    watch: "/v1/boardEntries:watch",
    filters: FILTERS,
    caption: "Promised doses, the oldest first",
    empty: "No dose is on the board that fits. Doses come onto it when they are claimed, and leave it a day after their administration.",
    columns: COLUMNS,
  });
}

// A dose as a row; other views show doses the same way.
export const COLUMNS = [
  ["Order", (entry) => [text(entry.orderReference), el("p", {class: "hint"}, bare(entry.partner))]],
  ["Verdict", (entry) => [verdict(entry.verdict), replacement(entry), hazards(entry)]],
  ["Rescue until", (entry) => rescue(entry)],
  ["Run", (entry) => [named(entry.run), state(entry.runState)]],
  ["Batch", (entry) => [named(entry.batch, "none yet"), state(entry.batchState)]],
  ["Shipment", (entry) => [named(entry.shipment, "none yet"), state(entry.shipmentState)]],
  ["To", (entry) => bare(entry.site)],
  ["Leaves", (entry) => when(entry.departureTime)],
  ["Arrives", (entry) => arrival(entry)],
  ["Administration", (entry) => when(entry.administration?.time)],
];

export function verdict(value) {
  return word(value, VERDICT) ? badge(value, VERDICT) : unknown("not promised any more");
}

export function hazards(entry) {
  if (!entry.hazards.length) return null;
  return el("ul", {class: "plain"}, entry.hazards.map((hazard) => el("li", {},
    hazard.incident ? el("a", {href: `#/incidents/${encodeURIComponent(hazard.incident.split("/")[1])}`, "data-key": `${entry.name} ${hazard.incident}`}, word(hazard.kind)) : word(hazard.kind),
    `: ${hazard.explanation}`)));
}

function replacement(entry) {
  if (entry.replacedBy) return el("p", {class: "hint"}, "replaced by ", named(entry.replacedBy));
  return entry.replaces ? el("p", {class: "hint"}, "in place of ", named(entry.replaces)) : null;
}

export function rescue(entry) {
  if (entry.rescueUntilTime) return [when(entry.rescueUntilTime), el("br"), left(entry.rescueUntilTime)];
  return entry.verdict === "DOSE_VERDICT_SAFE" ? "needs none" : unknown(word(entry.verdict, VERDICT) ? "no way known" : "none");
}

function state(value) {
  return word(value) ? el("p", {class: "hint"}, word(value)) : null;
}

function arrival(entry) {
  if (entry.deliveryTime) return ["arrived ", when(entry.deliveryTime)];
  const predicted = entry.predictedP50Time ? el("p", {class: "hint"}, "predicted ", when(entry.predictedP50Time)) : null;
  return [when(entry.promisedDeliveryTime, "not promised"), predicted];
}
