// What is on its way to a centre, and whether it may be given when it is there.

import {get} from "./api.js";
import {may} from "./auth.js";
import {now} from "./clock.js";
import {el, fill, part, table} from "./dom.js";
import {list, written} from "./list.js";
import {readShipment, shipmentShown} from "./shipments.js";
import {activity, badge, bare, named, told, unknown, when} from "./words.js";

const COMING = ["BOOKED", "COLLECTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "EXCEPTION"];
const GIVEN = new Set(["CERTIFIED_FOR_USE", "CERTIFIED_FINAL"]);

export function arrivals(page, route) {
  return list(page, route, {
    address: "/v1/shipments",
    rows: "shipments",
    watch: "/v1/shipments:watch",
    fixed: {states: COMING},
    filters: [written("site", "Centre", "sites/[A-Za-z0-9][A-Za-z0-9._\\-]{0,62}", "As sites/…")],
    caption: "Shipments that are to come",
    empty: "Nothing is on its way.",
    columns: [
      ["Shipment", (each) => named(each.name)],
      ["State", (each) => badge(each.state)],
      ["To", (each) => bare(each.site)],
      ["Arrives, as promised", (each) => when(each.promisedDeliveryTime, "not promised")],
      ["Arrives, as predicted", (each) => when(each.prediction?.p50Time)],
      ["Courier", (each) => bare(each.courier, "none yet")],
      ["Doses", (each) => each.doses.length],
    ],
  });
}

export async function arrival(page, {id}) {
  page.follows("/v1/shipments:watch", ...(may("quality.read") ? ["/v1/batches:watch"] : []));
  await page.shows(async () => {
    const read = await readShipment(`shipments/${id}`, page.signal);
    const runs = may("quality.read") ? [...new Set(read.found.doses.map(({run}) => run))] : [];
    const answers = await Promise.all(runs.map((run) => get("/v1/batches", {run}, page.signal)));
    return {...read, batches: new Map(answers.flatMap(({batches}) => batches).map((each) => [each.run, each]))};
  }, (read) => fill(page.body, part("May it be given?", table("Doses and their batches", CHECKED, read.found.doses.map((each) => ({dose: each, batch: read.batches.get(each.run)})))),
    el("p", {class: "hint"}, "A recall comes as a notice. Compare lot number and container with the label."), part("The way", shipmentShown(read))));
}

const CHECKED = [
  ["Dose", ({dose}) => bare(dose.dose)],
  ["Lot", ({batch}) => batch ? bare(batch.name) : unknown()],
  ["May it be given?", ({batch}) => answer(batch)],
  ["Batch", ({batch}) => batch ? told(batch.state) : unknown()],
  ["Not after", ({batch}) => when(batch?.expireTime)],
  ["Wanted", ({dose}) => activity(dose.administration)],
];

function answer(batch) {
  if (!batch) return unknown("not known yet");
  if (!(Date.parse(batch.expireTime) > now())) return el("span", {class: "badge bad"}, "No, it has expired");
  const given = GIVEN.has(batch.state);
  return el("span", {class: `badge ${given ? "good" : "bad"}`}, given ? "Yes, until it expires" : "No, not as things stand");
}
