// How the doses of an incident can be saved: until when, by which plans, side by side, and carrying one out.

import {post} from "./api.js";
import {action} from "./action.js";
import {may, SignInNeeded} from "./auth.js";
import {tick} from "./clock.js";
import {el, facts, fill, labelled, part, table} from "./dom.js";
import {fault} from "./page.js";
import {activity, bare, left, named, number, text, told, when, word} from "./words.js";

// The part of an incident's page about rescues. `show` is called with each state of the incident; plans that were worked out stay, since
// somebody may be about to carry one out.
export function rescue(page, name) {
  const windows = el("div", {});
  const plans = el("div", {role: "status"});
  const asking = may("slotting.read") ? whatIfForm(page, name, plans) : null;
  const place = part("Rescue", windows, asking, plans);
  return {place, show: (incident) => {
    const doses = incident.affectedDoses.filter(({verdict}) => verdict !== "DOSE_VERDICT_SAFE");
    place.hidden = !doses.length || incident.state === "RESOLVED";
    fill(windows, table("Until when a move to another departure, lane or run could still save each dose", [
      ["Dose", (each) => bare(each.dose)],
      ["Can be saved until", (each) => when(each.rescueUntilTime, "no way known")],
      ["Clock", (each) => left(each.rescueUntilTime, "none")],
    ], doses));
  }};
}

function whatIfForm(page, incident, place) {
  const ask = async (event) => {
    event.preventDefault();
    const {minutes, sites} = Object.fromEntries(new FormData(event.target));
    fill(place, el("p", {}, "Working it out …"));
    try {
      const found = await post("/v1/incidents:whatIf", {
        incident, otherSites: sites === "on", ...(minutes ? {delayMinutesMax: Number(minutes)} : {}),
      });
      fill(place, plansShown(page, found));
      tick();
    } catch (wrong) {
      if (wrong instanceof SignInNeeded) return page.signedOut(wrong.message);
      fill(place, fault(wrong));
    }
  };
  return el("form", {class: "filters below", "aria-label": "What would help", onsubmit: ask},
    labelled("Later by at most (minutes)", el("input", {name: "minutes", inputmode: "numeric", pattern: "[0-9]{1,5}"}), "Empty: as long as it helps"),
    labelled("Other centres too", el("input", {type: "checkbox", name: "sites"})),
    el("button", {}, "What would help?"));
}

function plansShown(page, {plans, unsavableDoses, readTime}) {
  return [
    plans.length ? el("div", {class: "plans"}, plans.map((plan, index) => planShown(page, plan, index + 1)))
      : el("p", {class: "empty"}, "No move that is known saves any of these doses."),
    unsavableDoses.length ? el("p", {class: "hint"}, "Cannot be moved: ", unsavableDoses.map(({dose, reason}, index) =>
      [index ? ", " : "", bare(dose), ` (${word(reason) || "nothing in time has room for it"})`])) : null,
    el("p", {class: "hint"}, "As of ", when(readTime), ". Nothing is changed until a plan is carried out."),
  ];
}

function planShown(page, plan, number_) {
  return el("article", {class: "plan"},
    el("h3", {}, `Plan ${number_}: saves ${plan.savedCount}`),
    el("p", {}, plan.explanation),
    facts([
      ["To be carried out", [when(plan.applyUntilTime), " ", left(plan.applyUntilTime)]],
      ["Not saved", plan.unsavedDoses.length ? plan.unsavedDoses.map((each, index) => [index ? ", " : "", bare(each)]) : "none"],
      ["Consent", plan.asksConsent ? "has still to be given" : "none is missing"],
      ["Slack of all moves", `${plan.slackMinutes} min`],
      ["Asks of people", `${plan.costPoints} points`],
      ["Best of its kind", plan.proven ? "yes, proven" : `not proven: none saves more than ${plan.savedMaxCount}`],
    ]),
    table(`Moves of plan ${number_}`, MOVES, plan.moves),
    el("ul", {class: "hint"}, plan.moves.map((each) => el("li", {}, each.explanation))),
    plan.asksConsent
      ? action(page, {title: `Ask for the consents of plan ${number_}`, address: "/v1/consents:ask", fields: () => ({moves: plan.moves}), scopes: ["tower.operate", "operator"]})
      : action(page, {title: `Carry out plan ${number_}`, address: "/v1/incidents:applyRescue", fields: () => ({moves: plan.moves, fingerprint: plan.fingerprint}), scopes: ["slotting.claim"]}));
}

const MOVES = [
  ["Dose", (each) => [bare(each.dose), el("p", {class: "hint"}, bare(each.partner))]],
  ["Changes", (each) => text(each.kinds.map((kind) => word(kind)).join(", "))],
  ["Run", (each) => named(each.run)],
  ["Leaves", (each) => [when(each.departureTime), el("p", {class: "hint"}, bare(each.lane))]],
  ["Given", (each) => [activity(each.administration), el("p", {class: "hint"}, "promised ", activity(each.promised))]],
  ["Slack", (each) => `${number(each.slackMinutes)} min`],
  ["Consent", (each) => told(each.consentNeed)],
];
