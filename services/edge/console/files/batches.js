// Batches, and what one still needs: from whom, and until when.

import {get} from "./api.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list, written} from "./list.js";
import {activity, badge, bare, left, leftCalmly, named, text, told, when, word, yes} from "./words.js";

const STATES = ["IN_QC", "READY_TO_SHIP", "CERTIFIED_FOR_USE", "CERTIFIED_FINAL", "REJECTED", "FAILED_AFTER_USE"];
const VIALS_MAX = 200;

export function batches(page, route) {
  return list(page, route, {
    address: "/v1/batches",
    rows: "batches",
    watch: "/v1/batches:watch",
    filters: [choice("states", "State", STATES), written("run", "Run", "runs/[A-Za-z0-9][A-Za-z0-9._\\-]{0,62}", "As runs/…")],
    caption: "Batches",
    empty: "No batch fits. One appears when the end of a synthesis and its yield are recorded.",
    columns: [
      ["Batch", (each) => named(each.name)],
      ["State", (each) => badge(each.state)],
      ["Run", (each) => named(each.run)],
      ["Product", (each) => bare(each.product)],
      ["End of synthesis", (each) => when(each.endOfSynthesisTime)],
      ["Expires", (each) => [when(each.expireTime), el("br"), leftCalmly(each.expireTime)]],
      ["Tests passed", (each) => `${each.verdicts.filter(({outcome}) => outcome === "PASS").length} of ${each.verdicts.length}`],
    ],
  });
}

export async function batch(page, {id}) {
  page.follows("/v1/batches:watch");
  const name = `batches/${id}`;
  await page.shows(async () => {
    const [found, path, vials] = await Promise.all([
      get(`/v1/${name}`, {}, page.signal),
      get(`/v1/${name}/criticalPath`, {}, page.signal),
      get(`/v1/${name}/vials`, {pageSize: VIALS_MAX}, page.signal),
    ]);
    return {found, path, vials: vials.vials};
  }, ({found, path, vials}) => fill(page.body,
    facts([
      ["State", badge(found.state)], ["Run", named(found.run)], ["Product", bare(found.product)],
      ["End of synthesis", when(found.endOfSynthesisTime)], ["Expires", [when(found.expireTime), " ", leftCalmly(found.expireTime)]],
      found.measured ? ["Measured", activity(found.measured)] : null,
      ["Judged by", found.specification ? `${found.specification}, version ${found.specificationVersion}` : text("", "no specification: nothing passes")],
      found.rejectionReason ? ["Rejected because", found.rejectionReason] : null,
    ]),
    part("What is missing", path.items.length
      ? [table("What the batch still needs, most urgent first", MISSING, path.items), el("p", {class: "hint"}, "As of ", when(path.readTime), ".")]
      : el("p", {class: "empty"}, "Nothing.")),
    part("Tests", found.verdicts.length ? table("What the rules say of each test", VERDICTS, found.verdicts) : el("p", {class: "empty"}, "No specification names a test.")),
    found.deviations.length ? part("Deviations", table("Deviations", DEVIATIONS, found.deviations)) : null,
    part("Signatures", found.signatures.length ? table("Who signed what", SIGNATURES, found.signatures) : el("p", {class: "empty"}, "Nobody has signed yet.")),
    part("Vials", vials.length ? table("Vials of this batch", VIALS, vials) : el("p", {class: "empty"}, "No vial was filled yet."))));
}

// `test:sterility` is "test sterility".
const itemText = (item) => item.replace(":", " ").replaceAll("_", " ").replace("DOCUMENT KIND ", "").toLowerCase();

const MISSING = [
  ["Missing", (each) => [itemText(each.item), el("p", {class: "hint"}, each.explanation)]],
  ["Owed by", (each) => text(each.owner.replaceAll("_", " "))],
  ["Holds up", (each) => told(each.gate)],
  ["At the latest", (each) => when(each.latestTime, "nothing sets a time")],
  ["Clock", (each) => left(each.latestTime, "none")],
  ["Missed first", (each) => bare(each.slot, "no single dose")],
];
const VERDICTS = [
  ["Test", (each) => text(each.test)],
  ["Must have passed", (each) => told(each.testClass)],
  ["Outcome", (each) => badge(each.outcome)],
  ["Why", (each) => text(each.explanation)],
  ["Needed", (each) => yes(each.required)],
];
const DEVIATIONS = [
  ["Number", (each) => each.number],
  ["What deviated", (each) => text(each.description)],
  ["Raised", (each) => when(each.raiseTime)],
  ["Closed", (each) => when(each.closeTime, "open")],
  ["Conclusion", (each) => text(each.conclusion, "none yet")],
];
const SIGNATURES = [
  ["Meaning", (each) => told(each.meaning)],
  ["Who", (each) => [text(each.printedName), el("p", {class: "hint"}, word(each.role.replace("quality.", "")))]],
  ["When", (each) => when(each.signTime)],
];
const VIALS = [
  ["Vial", (each) => each.name.split("/").at(-1)],
  ["Slot", (each) => [bare(each.slot), each.surplusTime ? el("p", {class: "hint"}, "surplus since ", when(each.surplusTime)) : null]],
  ["Filled", (each) => activity(each.filled)],
  ["At administration", (each) => activity(each.administration)],
  ["Collected", (each) => when(each.dispatchTime, "not yet")],
];
