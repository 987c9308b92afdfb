// Doses, and the timeline of one, from the promise to the patient.

import {get} from "./api.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list, written} from "./list.js";
import {laneStrip} from "./shipments.js";
import {activity, badge, bare, named, text, told, when, word} from "./words.js";

const ENTRIES_MAX = 1000;
const STATES = ["BOOKED", "COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "EXCEPTION", "RETURNED", "LOST", "CANCELLED"];

export function doses(page, route) {
  return list(page, route, {
    address: "/v1/doses",
    rows: "doses",
    watch: "/v1/doses/-/timelineEntries:watch",
    filters: [written("orderReference", "Order", ".{1,64}", "The whole reference"), choice("shipmentStates", "On its way", STATES)],
    caption: "Doses, the oldest first",
    empty: "No dose fits. One appears when it is ordered.",
    columns: [
      ["Dose", (each) => named(each.name)],
      ["Order", (each) => text(each.orderReference)],
      ["Promise", (each) => [badge(each.slotState), each.atRisk ? el("span", {class: "badge warn"}, "At risk") : null]],
      ["To", (each) => bare(each.site)],
      ["Wanted", (each) => activity(each.administration)],
      ["On its way", (each) => each.shipment ? badge(each.shipment.state) : text("", "no shipment yet")],
      ["Arrives, as predicted", (each) => when(each.shipment?.prediction?.p50Time)],
    ],
  });
}

export async function dose(page, {id}) {
  const name = `doses/${id}`;
  page.follows("/v1/doses/-/timelineEntries:watch");
  await page.shows(async () => {
    const [found, {timelineEntries, nextPageToken}, {goNoGoStatements: [stated]}] = await Promise.all([
      get(`/v1/${name}`, {}, page.signal),
      get(`/v1/${name}/timelineEntries`, {pageSize: ENTRIES_MAX}, page.signal),
      get("/v1/goNoGoStatements", {dose: name}, page.signal),
    ]);
    return {found, stated, entries: timelineEntries, more: Boolean(nextPageToken)};
  }, ({found, stated, entries, more}) => fill(page.body,
    facts([
      ["Go or no-go", stated ? [badge(stated.decision), ...sure(stated)] : text("", "nothing stated yet")],
      ["Next statement", when(stated?.nextStatementTime, "none, unless something changes")],
      ["Order", text(found.orderReference)], ["Promise", [badge(found.slotState), found.atRisk ? el("span", {class: "badge warn"}, "At risk") : null]],
      ["To", bare(found.site)], ["Wanted", activity(found.administration)],
      ["Shipment", named(found.shipment?.name, "none yet")], ["On its way", found.shipment ? badge(found.shipment.state) : text("", "no shipment yet")],
    ]),
    found.shipment ? part("Lane strip", laneStrip(found.shipment, entries.filter(({milestone}) => milestone))) : null,
    part("What happened", table("Timeline, in the order in which it became known", TIMELINE, entries),
      more ? el("p", {class: "hint"}, `The first ${ENTRIES_MAX}.`) : null)));
}

// How sure a statement is, and what it rests on; of what is unknown neither is.
function sure({confidence, ground}) {
  return word(confidence) ? [" ", told(confidence), " confidence: ", told(ground)] : [" ", told(ground)];
}

const TIMELINE = [
  ["When", (each) => when(each.eventTime)],
  ["What", (each) => [text(each.summary), each.implausibility ? el("p", {class: "hint"}, "It cannot be true: ", told(each.implausibility.reason)) : null]],
  ["Known since", (each) => when(each.recordTime)],
];
