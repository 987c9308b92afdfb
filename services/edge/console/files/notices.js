// Notices: recalls, and doses that failed a test after they were given; each wants to be acknowledged.

import {get} from "./api.js";
import {action} from "./action.js";
import {el, facts, fill, part} from "./dom.js";
import {choice, list} from "./list.js";
import {bare, named, text, told, when} from "./words.js";

const NOTICES_MAX = 1000;

export function notices(page, route) {
  return list(page, route, {
    address: "/v1/notices",
    rows: "notices",
    filters: [choice("openOnly", "Acknowledged", [["true", "not yet"]])],
    caption: "Notices, the newest first",
    empty: "No notice fits.",
    columns: [
      ["Notice", (each) => named(each.name)],
      ["What", (each) => [told(each.kind), el("p", {class: "hint"}, each.explanation)]],
      ["Dose", (each) => bare(each.slot)],
      ["Centre", (each) => bare(each.site)],
      ["Issued", (each) => when(each.createTime)],
      ["Acknowledged", (each) => when(each.acknowledgeTime, "nobody has yet")],
    ],
  });
}

export async function notice(page, {id}) {
  page.told({state: "still"});
  const name = `notices/${id}`;
  const shown = el("div", {});
  const act = action(page, {title: "Acknowledge", address: `/v1/${name}:acknowledge`, fields: () => ({}), scopes: ["quality.acknowledge"], words: "answer", label: "What was done"});
  // There is no call for one of them: it is looked for among all.
  await page.shows(async () => (await get("/v1/notices", {pageSize: NOTICES_MAX}, page.signal)).notices.find((each) => each.name === name), (found) => {
    if (!found) return fill(page.body, el("p", {class: "empty"}, `It is not among your ${NOTICES_MAX} newest notices.`));
    if (!shown.isConnected) fill(page.body, shown, act ? part("What you do about it", act) : null);
    if (act) act.querySelector("button").disabled = Boolean(found.acknowledgeTime);
    fill(shown, el("p", {class: "lead"}, found.explanation), facts([
      ["What", told(found.kind)], ["Dose", bare(found.slot)], ["Lot", bare(found.batch)], ["Centre", bare(found.site)], ["Patient", text(found.patientReference, "no pseudonym was given")],
      ["Issued", when(found.createTime)], ["Acknowledged", when(found.acknowledgeTime, "nobody has yet")], ["By", text(found.acknowledgedBy, "nobody yet")], ["Answer", text(found.answer, "none")],
    ]));
  });
}
