// Shipments, and the lane strip of one: the milestones that its lane lets expect beside those that came.

import {get} from "./api.js";
import {strip} from "./chart.js";
import {now} from "./clock.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list, written} from "./list.js";
import {activity, badge, bare, named, number, text, told, when, word, zone} from "./words.js";

const STATES = ["BOOKED", "COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "EXCEPTION", "RETURNED", "LOST", "CANCELLED"];
const NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,62}";
const MILESTONES_MAX = 1000;

export function shipments(page, route) {
  return list(page, route, {
    address: "/v1/shipments",
    rows: "shipments",
    watch: "/v1/shipments:watch",
    filters: [choice("states", "State", STATES), written("site", "Centre", `sites/${NAME}`, "As sites/…"), written("run", "Run", `runs/${NAME}`, "As runs/…")],
    caption: "Shipments",
    empty: "No shipment fits. One appears when doses are booked with a courier.",
    columns: [
      ["Shipment", (each) => named(each.name)],
      ["State", (each) => badge(each.state)],
      ["Last milestone", (each) => each.lastMilestone ? [told(each.lastMilestone.kind), " ", when(each.lastMilestone.time)] : text("", "none yet")],
      ["Courier", (each) => [bare(each.courier, "none yet"), el("p", {class: "hint"}, each.references.join(", "))]],
      ["To", (each) => bare(each.site)],
      ["Leaves", (each) => when(each.departureTime)],
      ["Promised", (each) => when(each.promisedDeliveryTime, "not promised")],
      ["Predicted", (each) => when(each.prediction?.p50Time, each.state === "DELIVERED" ? "has arrived" : undefined)],
      ["Doses", (each) => each.doses.length],
    ],
  });
}

export async function shipment(page, {id}) {
  page.follows("/v1/shipments:watch");
  await page.shows(() => readShipment(`shipments/${id}`, page.signal), (read) => fill(page.body, shipmentShown(read)));
}

export async function readShipment(name, signal) {
  const [found, {milestones, nextPageToken}] = await Promise.all([
    get(`/v1/${name}`, {}, signal),
    get(`/v1/${name}/milestones`, {pageSize: MILESTONES_MAX}, signal),
  ]);
  return {found, milestones, more: Boolean(nextPageToken)};
}

export function shipmentShown({found, milestones, more}) {
  return [
    facts([
      ["State", badge(found.state)], ["Courier", bare(found.courier, "none yet")], ["References", text(found.references.join(", "))],
      ["To", bare(found.site)], ["Lane", bare(found.lane, "none agreed")],
      ["Leaves", when(found.departureTime)], ["Delivery, promised", when(found.promisedDeliveryTime, "not promised")],
      ["Delivery, as the courier expects", when(found.expectedDeliveryTime, "not told")],
      found.prediction ? ["Delivery, predicted", ["half by ", when(found.prediction.p50Time), ", nine of ten by ", when(found.prediction.p90Time)]] : null,
      found.loss ? ["Lost", [told(found.loss.cause), ` ${found.loss.detail} `, when(found.loss.time)]] : null,
    ]),
    part("Lane strip", laneStrip(found, milestones)),
    part("What the courier told", milestones.length ? table("Milestones as they were told", TOLD, milestones) : el("p", {class: "empty"}, "Nothing yet."),
      more ? el("p", {class: "hint"}, `The first ${MILESTONES_MAX}.`) : null),
    found.implausibleMilestones.length ? part("What cannot be true", table("Milestones in doubt", DOUBTED, found.implausibleMilestones)) : null,
    part("Doses", table("Doses in this shipment", DOSES, found.doses)),
    found.custody.length ? part("Custody", table("Who had it in hand", CUSTODY, found.custody)) : null,
    found.excursions.length ? part("Excursions", table("Readings outside the limits", EXCURSIONS, found.excursions)) : null,
    found.orders.length ? part("Asked of couriers", table("What was asked of couriers", ORDERS, found.orders)) : null,
  ];
}

const at = (iso) => iso ? Date.parse(iso) : NaN;

// One row a kind, those that are expected and what came besides, by the earliest time of each.
export function laneStrip(found, milestones) {
  const expected = found.expectedMilestones;
  const counted = milestones.filter(({milestone, implausibility}) => !implausibility && !milestone.retracted);
  const kinds = [...new Set([...expected.map(({kind}) => kind), ...counted.map(({milestone}) => milestone.kind)])].filter(word);
  const rows = kinds.map((kind) => {
    const wanted = expected.find((each) => each.kind === kind);
    const dots = counted.filter(({milestone}) => milestone.kind === kind).map(({milestone}) => at(milestone.time)).filter(Number.isFinite);
    return {label: `${word(kind)}: ${standing(wanted)}`, from: at(wanted?.p50Time), to: at(wanted?.p90Time), dots, state: wanted?.overdueTime ? "late" : wanted?.reached ? "good" : "plain", wanted, kind};
  });
  const first = (row) => Math.min(...[row.from, ...row.dots].filter(Number.isFinite));
  rows.sort((one, other) => first(one) - first(other));
  if (!rows.some(({from, dots}) => Number.isFinite(from) || dots.length)) return el("p", {class: "empty"}, "No lane says what to expect, and no courier told anything that has a time.");
  const marks = [["now", now(), "now"], ["promised", at(found.promisedDeliveryTime)], ["predicted", at(found.prediction?.p50Time)]].filter(([, instant]) => Number.isFinite(instant));
  return [
    el("p", {class: "hint"}, "Bars: from when half of all shipments are so far to when nine of ten are. Dots: what came."),
    strip(`Expected and real milestones, times in ${zone()}; the table says the same`, {rows, marks}),
    table("Expected and real milestones", [
      ["Milestone", ({kind}) => told(kind)],
      ["Half by", ({wanted}) => when(wanted?.p50Time, "not expected")],
      ["Nine of ten by", ({wanted}) => when(wanted?.p90Time, "not expected")],
      ["Came", ({dots, wanted}) => dots.length ? dots.map((instant, index) => [index ? ", " : "", when(new Date(instant).toISOString())]) : when(wanted?.reachTime, wanted?.reached ? "passed, no date told" : "not yet")],
      ["Stands", ({wanted}) => wanted?.overdueTime ? [el("span", {class: "badge warn"}, "Overdue"), " since ", when(wanted.overdueTime)] : standing(wanted)],
    ], rows),
  ];
}

function standing(wanted) {
  if (!wanted) return "came, was not expected";
  if (wanted.overdueTime) return "overdue";
  return wanted.reached ? "reached" : "awaited";
}

function whereOf(location) {
  if (!location) return text("");
  return text([location.place, location.city, location.region, location.country].filter(Boolean).join(", "));
}

const TOLD = [
  ["Milestone", ({milestone}) => [told(milestone.kind), milestone.retracted ? el("p", {class: "hint"}, "withdrawn by its sender") : null]],
  ["When", ({milestone}) => milestone.time ? when(milestone.time) : text(milestone.localTime && `${milestone.localTime} (local, zone not known)`)],
  ["Where", ({milestone}) => whereOf(milestone.location)],
  ["In the courier's words", ({milestone}) => [text(milestone.description, "none"), milestone.code ? el("p", {class: "hint"}, `code ${milestone.code}`) : null]],
  ["Recorded", (each) => when(each.recordTime)],
];
const DOUBTED = [
  ["Milestone", ({milestone}) => told(milestone?.kind)],
  ["Told for", ({milestone}) => when(milestone?.time)],
  ["Contradicts", ({implausibility}) => [told(implausibility?.reason), " ", implausibility?.limitTime ? when(implausibility.limitTime) : null]],
];
const DOSES = [
  ["Dose", (each) => bare(each.dose)],
  ["Run", (each) => named(each.run)],
  ["Wanted at administration", (each) => activity(each.administration)],
  ["At delivery", (each) => activity(each.delivery)],
  ["At delivery, if late (P90)", (each) => activity(each.deliveryP90)],
];
const CUSTODY = [
  ["When", (each) => when(each.time)],
  ["From", (each) => bare(each.fromParty)],
  ["To", (each) => [bare(each.toParty), each.receivedBy ? el("p", {class: "hint"}, `received by ${each.receivedBy}`) : null]],
  ["Where", (each) => text(each.place)],
];
const EXCURSIONS = [
  ["What", (each) => text(each.type)],
  ["Reading", (each) => `${number(each.value)} ${each.unit}`],
  ["Limits", (each) => `${each.limitMin === undefined ? "no lower" : number(each.limitMin)} to ${each.limitMax === undefined ? "no upper" : number(each.limitMax)}`],
  ["When", (each) => when(each.time)],
  ["Device", (each) => text(each.device)],
];
const ORDERS = [
  ["Asked", (each) => [told(each.kind), " ", when(each.requestTime)]],
  ["Of", (each) => bare(each.courier)],
  ["Came of it", (each) => [badge(each.state), " ", each.answerTime ? when(each.answerTime) : null]],
];
