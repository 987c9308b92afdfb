// Consents: what sponsors allow to be done with their doses, ahead or when they are asked.

import {get} from "./api.js";
import {action} from "./action.js";
import {el, facts, fill, part} from "./dom.js";
import {choice, list} from "./list.js";
import {badge, bare, left, named, number, text, when} from "./words.js";

export function consents(page, route) {
  return list(page, route, {
    address: "/v1/consents",
    rows: "consents",
    filters: [choice("states", "State", ["ASKED", "GIVEN", "REFUSED", "REVOKED", "EXPIRED"])],
    caption: "Consents, the newest first",
    empty: "No consent fits. One appears when a sponsor signs it ahead, or is asked for one.",
    columns: [
      ["Consent", (each) => named(each.name)],
      ["State", (each) => badge(each.state)],
      ["Sponsor", (each) => bare(each.partner)],
      ["For", (each) => text(each.explanation, "signed ahead")],
      ["Until", (each) => [when(each.validUntilTime), el("br"), each.state === "ASKED" ? left(each.validUntilTime) : null]],
    ],
  });
}

export async function consent(page, {id}) {
  page.told({state: "still"});
  const name = `consents/${id}`;
  let found = null;
  const shown = el("div", {});
  const act = (title, verb, further) => action(page, {title, address: `/v1/${name}:${verb}`, fields: () => ({etag: found?.etag ?? "", ...further}), scopes: ["tower.consent"]});
  const forms = {ASKED: [act("Agree", "answer", {answer: "GIVE"}), act("Refuse", "answer", {answer: "REFUSE"})], GIVEN: [act("Take it back", "revoke", {})]};
  const acts = Object.entries(forms).map(([state, made]) => [state, made[0] ? part("Your answer", made) : null]);
  await page.shows(() => get(`/v1/${name}`, {}, page.signal), (now) => {
    found = now;
    if (!shown.isConnected) fill(page.body, shown, acts.map(([, each]) => each));
    for (const [state, each] of acts) if (each) each.hidden = state !== found.state;
    const {terms = {}} = found;
    fill(shown,
      el("p", {class: "lead"}, found.explanation || "Signed ahead."),
      facts([
        ["State", badge(found.state)], ["Sponsor", bare(found.partner)],
        ["In force from", when(found.validFromTime, "when it is given")], ["Until", [when(found.validUntilTime), " ", left(found.validUntilTime)]],
        ["Product", bare(terms.product, "any")], ["Centre", bare(terms.site, "any")], ["Dose", bare(terms.dose, "any")],
        ["Later by at most", terms.delayMinutesMax ? `${terms.delayMinutesMax} min` : "not later"],
        ["Activity, at least", terms.activityFractionMin === undefined ? "all of it" : `${number(terms.activityFractionMin * 100)} %`],
        ["Other centres", (terms.sites ?? []).length ? terms.sites.map((each, index) => [index ? ", " : "", bare(each)]) : "none"],
      ]));
  });
}
