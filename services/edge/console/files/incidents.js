// Incidents, and one of them: what endangers doses, until when they can be saved, and what people did about it.

import {get} from "./api.js";
import {action} from "./action.js";
import {verdict} from "./board.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list} from "./list.js";
import {rescue} from "./rescue.js";
import {badge, bare, left, named, text, told, when, word} from "./words.js";

const KINDS = ["RUN_FAILED", "RUN_CANCELLED", "RUN_SHORT", "RUN_LATE", "ISOTOPE_LATE", "BATCH_REJECTED", "QC_OUT_OF_SPECIFICATION", "QC_DEADLINE",
  "PROMISE_CONFLICT", "SHIPMENT_DENIED", "SHIPMENT_DELAYED", "MILESTONE_OVERDUE", "SHIPMENT_EXCEPTION", "COURIER_DECLINED", "EXCURSION", "ACTIVITY_LOW",
  "DOSE_LOST", "NOT_IN_TIME"];
const OPERATES = ["tower.operate", "operator"];

export function incidents(page, route) {
  return list(page, route, {
    address: "/v1/incidents",
    rows: "incidents",
    watch: "/v1/incidents:watch",
    filters: [choice("states", "State", ["OPEN", "ACKNOWLEDGED", "RESOLVED"]), choice("kinds", "What happened", KINDS)],
    caption: "Incidents, the newest first",
    empty: "No incident fits. That is good news.",
    columns: [
      ["What happened", (each) => [el("a", {href: `#/incidents/${encodeURIComponent(each.name.split("/")[1])}`, "data-key": each.name}, word(each.kind)), el("p", {class: "hint"}, each.explanation)]],
      ["Severity", (each) => badge(each.severity)],
      ["State", (each) => badge(each.state)],
      ["About", (each) => named(each.subject)],
      ["Doses", (each) => each.affectedDoses.length],
      ["Deadline", (each) => each.deadlineTime ? [when(each.deadlineTime), el("br"), left(each.deadlineTime)] : text("", "none known")],
      ["Opened", (each) => when(each.openTime)],
    ],
  });
}

export async function incident(page, {id}) {
  page.follows("/v1/incidents:watch");
  const name = `incidents/${id}`;
  let found = null;
  const shown = el("div", {});
  const saving = rescue(page, name);
  const fields = () => ({etag: found?.etag ?? ""});
  const acknowledge = action(page, {title: "Acknowledge", address: `/v1/${name}:acknowledge`, fields, scopes: OPERATES});
  const resolve = action(page, {title: "Resolve", address: `/v1/${name}:resolve`, fields, scopes: OPERATES, reasonNeeded: true});
  const acts = acknowledge ? part("What you do about it", acknowledge, resolve) : null;
  await page.shows(() => get(`/v1/${name}`, {}, page.signal), (now) => {
    found = now;
    saving.show(found);
    if (!shown.isConnected) fill(page.body, shown, saving.place, acts);
    if (acknowledge) {
      acknowledge.querySelector("button").disabled = found.state !== "OPEN";
      resolve.querySelector("button").disabled = found.state === "RESOLVED";
    }
    fill(shown,
      el("p", {class: "lead"}, found.explanation),
      facts([
        ["What happened", told(found.kind)], ["Severity", badge(found.severity)], ["State", badge(found.state)], ["About", named(found.subject)],
        ["Deadline", found.deadlineTime ? [when(found.deadlineTime), " ", left(found.deadlineTime)] : text("", "none known")],
        ["Opened", when(found.openTime)], ["Acknowledged", when(found.acknowledgeTime, "nobody has yet")], ["Resolved", when(found.resolveTime, "not yet")],
      ]),
      part("Doses that it touches", found.affectedDoses.length ? table("Doses that the incident touches", DOSES, found.affectedDoses) : el("p", {class: "empty"}, "None.")),
      part("What became of it", found.history.length ? table("Steps", STEPS, found.history) : el("p", {class: "empty"}, "Nothing yet.")));
  });
}

const DOSES = [
  ["Dose", (each) => [bare(each.dose), el("p", {class: "hint"}, bare(each.partner))]],
  ["Verdict", (each) => verdict(each.verdict)],
  ["Severity", (each) => badge(each.severity)],
  ["Deadline", (each) => each.deadlineTime ? [when(each.deadlineTime), el("br"), left(each.deadlineTime)] : text("", "none known")],
];
const STEPS = [
  ["State", (each) => badge(each.state)],
  ["When", (each) => when(each.time)],
  ["Who", (each) => text(each.actor, "a rule, or not told")],
  ["Why", (each) => text(each.reason, "not said")],
];
