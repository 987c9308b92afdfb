// Runs, and the timeline of one: what happened and will, what it yields, and how its doses decay.

import {get} from "./api.js";
import {may} from "./auth.js";
import {COLUMNS, VERDICT} from "./board.js";
import {curves, strip} from "./chart.js";
import {now} from "./clock.js";
import {el, facts, fill, part, table} from "./dom.js";
import {choice, list, written} from "./list.js";
import {halfLives} from "./settings.js";
import {activity, badge, bare, capacity, leftCalmly, named, number, text, when, word, zone} from "./words.js";

const NUCLIDE = "NUCLIDE_";
const DOSES_MAX = 100;
const STATES = ["PLANNED", "OPEN", "CLOSED", "IN_PRODUCTION", "PRODUCED", "CANCELLED", "FAILED"];

export function runs(page, route) {
  return list(page, route, {
    address: "/v1/runs",
    rows: "runs",
    watch: "/v1/runs:watch",
    filters: [choice("states", "State", STATES), written("product", "Product", "products/[A-Za-z0-9][A-Za-z0-9._\\-]{0,62}", "As products/…")],
    caption: "Runs by end of synthesis",
    empty: "No run fits. Runs appear when a planner opens them, or accepts a proposal.",
    columns: [
      ["Run", (each) => named(each.name)],
      ["Product", (each) => bare(each.product)],
      ["State", (each) => badge(each.state)],
      ["End of synthesis", (each) => when(each.endOfSynthesisTime)],
      ["Claims until", (each) => [when(each.claimCutoffTime), el("br"), leftCalmly(each.claimCutoffTime)]],
      ["Not allotted", (each) => capacity(each.pool)],
      ["Use by", (each) => when(each.useByTime)],
    ],
  });
}

export async function run(page, {id}) {
  page.follows("/v1/runs:watch", ...(may("tower.read") ? ["/v1/boardEntries:watch"] : []));
  const name = `runs/${id}`;
  await page.shows(
    () => readRun(name, page.signal),
    ({found, doses, lives, least, availability}) => fill(page.body,
      facts([
        ["Product", bare(found.product)], ["Nuclide", text(word(found.nuclide, NUCLIDE).replace(" ", "-"))], ["State", badge(found.state)],
        ["End of synthesis, planned", when(found.endOfSynthesisTime)],
        ["End of synthesis, in fact", when(found.production?.endOfSynthesisTime, "not yet")],
        ["Claims until", [when(found.claimCutoffTime), " ", leftCalmly(found.claimCutoffTime)]],
        ["Use by", when(found.useByTime)],
        found.pledged ? ["Pledged", capacity(found.pledged)] : null,
        ["Not allotted", capacity(found.pool)],
        ...found.allotments.map((each) => [`Allotted to ${each.partner}`, capacity(each.capacity)]),
        availability ? ["Left in the pool", capacity(availability.poolFree, "nothing")] : null,
        found.production?.measured ? ["Measured", yields(found.production.measured)] : null,
        found.production?.failTime ? ["Failed", when(found.production.failTime)] : null,
      ]),
      part("Timeline", timeline(found, doses.boardEntries)),
      part("Activity", activityOfRun(found, lives), activityOfDoses(found, doses.boardEntries, lives, least)),
      part("Doses", doses.boardEntries.length
        ? [table("Doses of this run", COLUMNS, doses.boardEntries),
          doses.nextPageToken ? el("p", {class: "hint"}, `The first ${DOSES_MAX}; the board has them all.`) : null]
        : el("p", {class: "empty"}, may("tower.read") ? "No dose of this run that you may see is on the board." : "Your account may not see the board."))));
}

async function readRun(name, signal) {
  const [found, doses, lives, availability] = await Promise.all([
    get(`/v1/${name}`, {}, signal),
    may("tower.read") ? get("/v1/boardEntries", {run: name, includeEnded: true, pageSize: DOSES_MAX}, signal) : {boardEntries: []},
    halfLives(),
    // Only while the run takes claims is anything left of it.
    may("slotting.read") ? get(`/v1/${name}/availability`, {}, signal).catch(() => null) : null,
  ]);
  const product = may("masterdata.read") ? await get(`/v1/${found.product}`, {}, signal).catch(() => null) : null;
  return {found, doses, lives, availability, least: product?.activityMinMbq};
}

function yields(measured) {
  return el("span", {}, `${number(Number(measured.activityKbq) / 1000)} MBq at `, when(measured.measureTime),
    measured.vials === undefined ? null : `, ${measured.vials} vials`);
}

const at = (iso) => iso ? Date.parse(iso) : NaN;

function timeline(found, doses) {
  const made = found.production ?? {};
  const moments = [
    ["Production began", made.startTime], ["Claims until", found.claimCutoffTime],
    ["End of synthesis, planned", found.endOfSynthesisTime], ["End of synthesis, in fact", made.endOfSynthesisTime],
    ["Measured", made.measured?.measureTime], ["Failed", made.failTime], ["Use by", found.useByTime],
  ].filter(([, iso]) => iso);
  const rows = [
    {label: "Run", from: at(made.startTime ?? found.claimCutoffTime), to: at(found.useByTime), dots: moments.map(([, iso]) => at(iso)), state: "plain"},
    ...doses.map((entry) => ({
      label: `${entry.orderReference || entry.dose}: ${word(entry.verdict, VERDICT).toLowerCase() || "not promised any more"}`,
      from: at(entry.departureTime),
      to: at(entry.administration?.time),
      dots: [entry.deliveryTime].filter(Boolean).map(at),
      state: {DOSE_VERDICT_SAFE: "good", DOSE_VERDICT_UNSPECIFIED: "plain"}[entry.verdict] ?? "late",
    })),
  ];
  return [
    el("p", {class: "hint"}, "Bars: the run from its start to its last use, each dose from departure to administration. Dots: what happened."),
    strip(`Timeline of the run and its doses, times in ${zone()}; the tables say the same`, {rows, marks: [["now", now(), "now"]]}),
    el("ol", {class: "moments"}, moments.toSorted((one, other) => at(one[1]) - at(other[1])).map(([what, iso]) => el("li", {}, `${what}: `, when(iso)))),
  ];
}

// A(t) = A0 · 2^(−(t − t0) / T½), in megabecquerel.
export function decayed(mbq, from, halfLifeS) {
  return (instant) => mbq * 2 ** (-(instant - from) / 1000 / halfLifeS);
}

function activityOfRun(found, lives) {
  const halfLife = lives[found.nuclide];
  const [ends, until] = [at(found.endOfSynthesisTime), at(found.useByTime)];
  if (!halfLife || !(until > ends)) return el("p", {}, "How the activity decays cannot be drawn: nuclide or times are not known.");
  const total = found.pledged ?? found.pool;
  if (!total || Number(total.referenceActivityKbq) === 0) return null;
  const curve = {name: "of the run", at: decayed(Number(total.referenceActivityKbq) / 1000, ends, halfLife), from: ends, to: until};
  const measured = found.production?.measured;
  const points = measured ? [{at: at(measured.measureTime), mbq: Number(measured.activityKbq) / 1000, name: "measured"}] : [];
  return [
    el("h3", {}, found.pledged ? "What the run pledges (MBq)" : "What is not allotted (MBq)"),
    curves(`Activity in megabecquerel from ${number(curve.at(ends))} at the end of synthesis to ${number(curve.at(until))} at the end of use; times in ${zone()}`,
      {curves: [curve], points, marks: [["end of synthesis", ends], ["now", now(), "now"]]}),
    measured ? el("p", {class: "hint"}, "The dot is what was measured.") : null,
  ];
}

function activityOfDoses(found, entries, lives, leastMbq) {
  const halfLife = lives[found.nuclide];
  const ends = at(found.endOfSynthesisTime);
  const known = entries.filter((entry) => entry.administration?.time);
  if (!halfLife || !known.length) return null;
  const made = known.map((entry) => {
    const given = at(entry.administration.time);
    const last = Math.max(given, at(entry.lastUseTime) || given);
    return {name: entry.orderReference, at: decayed(entry.administration.activityMbq, given, halfLife), from: ends, to: last, entry};
  });
  const rows = made.map((curve) => ({curve, entry: curve.entry}));
  return [
    el("h3", {}, "What each dose has (MBq)"),
    curves(`Activity of ${made.length} doses in megabecquerel, from the end of synthesis to their last use; times in ${zone()}`,
      {curves: made, marks: [["now", now(), "now"]], leastMbq}),
    leastMbq ? el("p", {class: "hint"}, `The broken line is the least that the product needs: ${number(leastMbq)} MBq.`) : null,
    table("Activity of each dose", [
      ["Order", ({entry}) => text(entry.orderReference)],
      ["At end of synthesis", ({curve}) => `${number(curve.at(ends))} MBq`],
      ["At administration", ({entry}) => activity(entry.administration)],
      ["If it arrives as predicted", ({entry}) => activity(entry.use)],
      ["If it arrives late (P90)", ({entry}) => activity(entry.useP90)],
      ["Last use", ({entry}) => when(entry.lastUseTime)],
    ], rows),
  ];
}
