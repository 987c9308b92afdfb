// Drafts: what automated agents of a partner would have done, and wait for a person to consent to.

import {get} from "./api.js";
import {action} from "./action.js";
import {el, facts, fill, part} from "./dom.js";
import {choice, list} from "./list.js";
import {badge, bare, left, named, text, when} from "./words.js";

export function drafts(page, route) {
  return list(page, route, {
    address: "/v1/drafts",
    rows: "drafts",
    filters: [choice("states", "State", ["WAITING", "CONSENTED", "DECLINED", "WITHDRAWN", "REDEEMED", "EXPIRED"])],
    caption: "Drafts of agents, the newest first",
    empty: "No draft fits. One appears when an automated agent would change something.",
    columns: [
      ["Draft", (each) => named(each.name)],
      ["State", (each) => badge(each.state)],
      ["Call", (each) => text(each.call.split(".").at(-1))],
      ["Agent", (each) => text(each.draftedBy)],
      ["Until", (each) => [when(each.expireTime), el("br"), each.state === "WAITING" ? left(each.expireTime) : null]],
    ],
  });
}

export async function draft(page, {id}) {
  page.told({state: "still"});
  const name = `drafts/${id}`;
  let found = null;
  const shown = el("div", {});
  const act = (title, verb, further) => action(page, {title, address: `/v1/${name}:${verb}`, fields: () => ({etag: found?.etag ?? "", ...further()}), scopes: ["tower.consent"]});
  const says = (answer) => () => ({answer, digest: found?.digest ?? ""});
  const forms = {
    WAITING: [act("Consent, once", "answer", says("CONSENT")), act("Decline", "answer", says("DECLINE"))],
    CONSENTED: [act("Take it back", "withdraw", () => ({}))],
  };
  const acts = Object.entries(forms).map(([state, made]) => [state, made[0] ? part("Your answer", made) : null]);
  await page.shows(() => get(`/v1/${name}`, {}, page.signal), (now) => {
    found = now;
    if (!shown.isConnected) fill(page.body, shown, acts.map(([, each]) => each));
    for (const [state, each] of acts) if (each) each.hidden = state !== found.state;
    fill(shown,
      facts([
        ["State", badge(found.state)], ["Partner", bare(found.partner)],
        ["Agent", text(found.draftedBy)], ["It says why", text(found.reason, "not")], ["Consented", text(found.consentedBy, "nobody has")],
        ["Drafted", when(found.createTime)], ["Until", [when(found.expireTime), " ", left(found.expireTime)]],
        ["Last change", [text(found.lastChange?.actor), " ", text(found.lastChange?.reason, "")]],
      ]),
      part("What it would do", [el("pre", {}, found.explanation)]),
      part("The request, word by word", [el("p", {}, text(found.call)), el("pre", {}, found.requestJson)]));
  });
}
