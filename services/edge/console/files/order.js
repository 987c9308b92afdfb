// Ordering: what can reach a patient, and the claim of one of it, which is final.

import {get, post} from "./api.js";
import {SignInNeeded} from "./auth.js";
import {tick} from "./clock.js";
import {el, facts, fill, labelled, part, table} from "./dom.js";
import {fault} from "./page.js";
import {remedies} from "./settings.js";
import {addressOf, left, number, short, unknown, when, word} from "./words.js";

const OFFERS_MAX = 20;
const CHOICES_MAX = 1000;
const DAY_MS = 86400000;

export async function order(page) {
  page.told({state: "still"});
  const places = {offers: el("div", {role: "status"}), claim: el("div", {})};
  await page.shows(async () => {
    const [{products}, {sites}] = await Promise.all([
      get("/v1/products", {pageSize: CHOICES_MAX}, page.signal),
      get("/v1/sites", {pageSize: CHOICES_MAX}, page.signal),
    ]);
    return {products, sites};
  }, ({products, sites}) => {
    if (places.offers.isConnected) return; // What is being ordered stays.
    if (!products.length || !sites.length) {
      return fill(page.body, el("p", {class: "empty"}, "No product, or no centre, is open to you: the manufacturer enters which are."));
    }
    const search = async (event) => {
      event.preventDefault();
      await attempt(page, places.offers, async () => {
        const asked = Object.fromEntries(new FormData(event.target));
        fill(places.claim);
        fill(places.offers, el("p", {}, "Searching …"));
        const found = await post("/v1/offers:search", searchOf(asked));
        fill(places.offers, await offersShown(found, (offer) => claimForm(page, places.claim, offer)));
        tick();
      });
    };
    fill(page.body, el("form", {class: "filters", "aria-label": "What is wanted", onsubmit: search},
      labelled("Product", select("product", products)), labelled("Centre", select("site", sites)),
      labelled("Given from", el("input", {type: "date", name: "from"}), "Empty: from now on"),
      labelled("Given until", el("input", {type: "date", name: "until"}), "Empty: within 14 days"),
      labelled("Activity (MBq)", el("input", {name: "mbq", inputmode: "decimal", pattern: "[0-9]+([.][0-9]+)?"}), "Empty: as usual"),
      el("button", {}, "Search")), places.offers, places.claim);
  });
}

function select(name, all) {
  return el("select", {name, required: true}, all.map((each) => el("option", {value: each.name}, each.displayName || each.name)));
}

// The fields of a search; days are whole ones where this device is.
export function searchOf({product, site, from, until, mbq}) {
  const asked = {product, site, pageSize: OFFERS_MAX};
  if (from || until) {
    const start = from ? new Date(`${from}T00:00`) : new Date(new Date(`${until}T00:00`) - 13 * DAY_MS);
    const last = until ? new Date(`${until}T00:00`) : new Date(+start + 13 * DAY_MS);
    last.setDate(last.getDate() + 1);
    asked.administrationInterval = {startTime: start.toISOString(), endTime: last.toISOString()};
  }
  if (mbq) asked.activityMbq = Number(mbq);
  return asked;
}

async function offersShown(found, choose) {
  if (!found.offers.length) {
    const known = await remedies().catch(() => ({}));
    return part("Nothing can be had", found.rejections.length
      ? el("ul", {}, found.rejections.map(({reason, count}) => el("li", {}, el("strong", {}, word(reason)), ` (${count} ways): ${known[reason] ?? ""}`)))
      : el("p", {class: "empty"}, "Nothing is made for this time. Ask for other days."));
  }
  return part("What can be had", table("Offers, the most robust first", [
    ["Given at the earliest", (each) => when(each.administrationTime)],
    ["Arrives", (each) => when(each.deliveryInterval?.endTime)],
    ["Activity then", (each) => `${number(each.administrationActivityMbq)} MBq`],
    ["Slack", (each) => `${each.slackMinutes} min`],
    ["Lost in an hour more", (each) => `${number(each.activityLostPerHourMbq)} MBq`],
    ["To be ordered", (each) => left(each.lastClaimTime)],
    ["Order", (each) => el("button", {type: "button", "aria-label": `Choose the offer that leaves at ${each.departureTime}`, onclick: () => choose(each)}, "Choose")],
  ], found.offers));
}

function claimForm(page, place, offer) {
  const outcome = el("div", {role: "status"});
  const button = el("button", {}, "Order");
  // The id stays until the order stands or is refused, so that a repetition after a broken answer orders once.
  let requestId = crypto.randomUUID();
  const claim = async (event) => {
    event.preventDefault();
    button.disabled = true;
    const orderReference = new FormData(event.target).get("orderReference");
    await attempt(page, outcome, async () => {
      const {run, site, lane, departureTime} = offer;
      const administration = {activityMbq: offer.administrationActivityMbq, time: offer.administrationTime};
      const slot = await post("/v1/slots:claim", {demand: {run, site, lane, departureTime, administration, orderReference}, requestId});
      fill(outcome, el("p", {}, el("strong", {}, "Ordered."), " ", el("a", {href: addressOf(slot.name.replace("slots/", "doses/"))}, `Follow the dose ${short(slot.name.split("/")[1])}`)));
    }, ({status}) => {
      button.disabled = false;
      if (status >= 400 && status < 500) requestId = crypto.randomUUID();
    });
  };
  const reference = el("input", {name: "orderReference", required: true, maxlength: "64", pattern: "[\\x21-\\x7e]([\\x20-\\x7e]{0,62}[\\x21-\\x7e])?"});
  fill(place, part("Order it", facts([
    ["Leaves", when(offer.departureTime)], ["Arrives", when(offer.deliveryInterval?.endTime)], ["Given", when(offer.administrationTime)],
    ["Activity", `${number(offer.administrationActivityMbq)} MBq`], ["To be ordered", left(offer.lastClaimTime)], ["Places left", offer.departurePlacesLeft ?? unknown("not counted")],
  ]), el("form", {class: "action", "aria-label": "Order it", onsubmit: claim}, labelled("Your reference of the order", reference, "Never a patient's name"), button,
    el("p", {class: "hint"}, "An order is answered at once, and it is final."), outcome)));
  tick();
  reference.focus();
}

async function attempt(page, place, act, failed = () => {}) {
  try {
    await act();
  } catch (wrong) {
    if (wrong instanceof SignInNeeded) return page.signedOut(wrong.message);
    failed(wrong);
    fill(place, fault(wrong));
  }
}
