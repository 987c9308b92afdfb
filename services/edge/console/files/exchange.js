// What was exchanged with outside systems: messages that came, deliveries that go, and having them tried again.

import {get} from "./api.js";
import {action} from "./action.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list, written} from "./list.js";
import {badge, bare, left, named, number, text, when, word, yes} from "./words.js";

const PORT = written("port", "Kind of system", "[a-z0-9\\-]{1,63}", "Such as courier, lims, erp");
const SHOWN_MAX = 65536;

export function messages(page, route) {
  return list(page, route, {
    address: "/v1/messages",
    rows: "messages",
    filters: [choice("states", "State", ["RECEIVED", "ACCEPTED", "REFUSED", "REPEATED"]), PORT, written("account", "Account", "[a-z0-9:_\\-]{1,100}", "Its whole name")],
    caption: "Messages from outside systems, the newest first",
    empty: "No message fits.",
    columns: [
      ["Message", (each) => named(each.name)],
      ["Came", (each) => when(each.receiveTime)],
      ["State", (each) => [badge(each.state), each.reason ? el("p", {class: "hint"}, `${each.reason}: ${each.detail}`) : null]],
      ["From", (each) => [bare(each.partner), el("p", {class: "hint"}, `${each.account}, ${each.source}`)]],
      ["Read by", (each) => text(each.adapter)],
      ["Events", (each) => each.notes.length],
    ],
  });
}

export async function message(page, {id}) {
  const name = `messages/${id}`;
  const replay = action(page, {title: "Read it again", address: `/v1/${name}:replay`, fields: () => ({}), scopes: ["exchange.operate"], once: false});
  await single(page, name, replay, (found) => [
    facts([
      ["State", badge(found.state)], found.reason ? ["Reason", found.reason] : null, ["Detail", text(found.detail, "none")],
      ["From", bare(found.partner)], ["Account", text(found.account)], ["Adapter", text(found.adapter)], ["By", text(found.source)],
      ["Came", when(found.receiveTime)], ["Size", `${number(found.bodyBytes, 9)} bytes`], ["Mapping", text(found.mappingVersion, "none")],
    ]),
    part("What was made of each event", found.notes.length ? table("Events of the message", NOTES, found.notes) : el("p", {class: "empty"}, "No event was read from it.")),
    part("As it came", body(found.body)),
  ]);
}

export function deliveries(page, route) {
  return list(page, route, {
    address: "/v1/deliveries",
    rows: "deliveries",
    filters: [choice("states", "State", ["WAITING", "SENT", "PARKED", "GIVEN_UP"]), PORT],
    caption: "Deliveries to outside systems, the newest first",
    empty: "No delivery fits.",
    columns: [
      ["Delivery", (each) => named(each.name)],
      ["Made", (each) => when(each.createTime)],
      ["State", (each) => [badge(each.state), each.detail ? el("p", {class: "hint"}, each.detail) : null]],
      ["To", (each) => [bare(each.partner), el("p", {class: "hint"}, each.account)]],
      ["What", (each) => [text(each.reaction), el("p", {class: "hint"}, bare(each.subject))]],
      ["Tried", (each) => each.attempts],
      ["Given up", (each) => each.state === "WAITING" ? [when(each.giveUpTime), el("br"), left(each.giveUpTime)] : text("", "has ended")],
    ],
  });
}

export async function delivery(page, {id}) {
  const name = `deliveries/${id}`;
  const replay = action(page, {title: "Send it again", address: `/v1/${name}:replay`, fields: () => ({}), scopes: ["exchange.operate"], once: false});
  await single(page, name, replay, (found) => [
    facts([
      ["State", badge(found.state)], ["Detail", text(found.detail, "none")], ["To", bare(found.partner)], ["Account", text(found.account)],
      ["What", text(found.reaction)], ["About", named(found.subject)], ["Made", when(found.createTime)],
      ["Given up", [when(found.giveUpTime), " ", found.state === "WAITING" ? left(found.giveUpTime) : ""]], ["Ended", when(found.finishTime, "not yet")],
      ["Tried", `${found.attempts} times`], ["May have been done already", yes(found.uncertain)],
    ]),
    part("What is sent", body(found.body)),
  ]);
}

async function single(page, name, act, drawn) {
  page.told({state: "still"});
  const shown = el("div", {});
  const again = el("button", {type: "button", onclick: () => page.now()}, "Read again");
  await page.shows(() => get(`/v1/${name}`, {}, page.signal), (found) => {
    if (!shown.isConnected) fill(page.body, shown, again, act ? part("Try again", act) : null);
    fill(shown, drawn(found));
  });
}

// The body in base64 as text, if it is text.
function body(base64) {
  if (!base64) return el("p", {class: "empty"}, "It is too long to be shown here, or was not kept.");
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  try {
    const all = new TextDecoder("utf-8", {fatal: true}).decode(bytes);
    const cut = all.length > SHOWN_MAX ? el("p", {class: "hint"}, `The first ${SHOWN_MAX} of ${all.length} characters.`) : null;
    return [el("pre", {tabindex: "0", role: "region", "aria-label": "Body"}, all.slice(0, SHOWN_MAX)), cut];
  } catch {
    return el("p", {class: "empty"}, `${bytes.length} bytes that are no text.`);
  }
}

const NOTES = [
  ["Place", (each) => each.index],
  ["Event", (each) => text(each.eventId)],
  ["Taken for", (each) => text(word(each.kind))],
  ["To know", (each) => text(each.warnings.join(", "), "nothing")],
];
