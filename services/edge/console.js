// What a person wants to know first, asked of the public calls with the token that the person entered. The token is kept
// in this page only: nothing stores it.
"use strict";

const PAGE = 10;
const form = document.getElementById("ask");

// Each part: the call that lists it, where its rows are in the answer, and its columns, by heading.
const PARTS = {
  runs: {
    address: () => `/v1/runs?states=OPEN&pageSize=${PAGE}&endOfSynthesisFromTime=${now()}`,
    rows: "runs",
    columns: {
      "Run": (run) => run.name,
      "Product": (run) => run.product,
      "End of synthesis": (run) => instant(run.endOfSynthesisTime),
      "Claims until": (run) => instant(run.claimCutoffTime),
      "Left, own": (run) => ask(`/v1/${run.name}/availability`).then((left) => amount(left.allotmentFree)),
      "Left, pool": (run) => ask(`/v1/${run.name}/availability`).then((left) => amount(left.poolFree)),
    },
  },
  deliveries: {
    address: () => `/v1/isotopeDeliveries?pageSize=${PAGE}&fromTime=${now()}`,
    rows: "isotopeDeliveries",
    columns: {
      "Delivery": (delivery) => delivery.name,
      "Facility": (delivery) => delivery.facility,
      "Nuclide": (delivery) => delivery.nuclide.replace("NUCLIDE_", ""),
      "Activity": (delivery) => megabecquerel(delivery.calibration?.activityMbq),
      "Arrives": (delivery) => instant(delivery.arrivalTime),
      "Use by": (delivery) => instant(delivery.useByTime),
      "State": (delivery) => delivery.state,
    },
  },
  proposals: {
    address: () => `/v1/proposals?states=READY&states=SOLVING&states=ACCEPTING&pageSize=${PAGE}`,
    rows: "proposals",
    columns: {
      "Proposal": (proposal) => proposal.name,
      "State": (proposal) => proposal.state,
      "From": (proposal) => day(proposal.horizonStartDate),
      "Weeks": (proposal) => proposal.weeks,
      "Firm doses covered": (proposal) => covered(proposal.score, "firmDoses"),
      "Forecast doses covered": (proposal) => covered(proposal.score, "forecastDoses"),
    },
  },
  doubts: {
    address: () => `/v1/doses?implausibleOnly=true&pageSize=${PAGE}`,
    rows: "doses",
    columns: {
      "Dose": (dose) => dose.name,
      "Order": (dose) => dose.orderReference,
      "Stands": (dose) => dose.shipment.state ?? "unknown",
      "In doubt": (dose) => doubts(dose).map(({milestone}) => `${milestone.kind} ${instant(milestone.time)}`).join("; "),
      "Because": (dose) => doubts(dose).map(({implausibility}) => because(implausibility)).join("; "),
    },
  },
};

const asked = new Map(); // Answers of this round, so that two columns ask once.

function ask(address) {
  if (!asked.has(address)) asked.set(address, fetched(address));
  return asked.get(address);
}

async function fetched(address) {
  const token = document.getElementById("token").value.trim();
  const answer = await fetch(address, {headers: {authorization: `Bearer ${token}`}, cache: "no-store"});
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.reason}: ${body.detail}`);
  return body;
}

async function show(id, part) {
  const place = document.getElementById(id);
  try {
    const rows = (await ask(part.address()))[part.rows];
    if (!rows.length) return say(place, "None.");
    const made = await Promise.all(rows.map(async (row) => line("td", await cells(part, row))));
    const table = document.createElement("table");
    table.append(line("th", Object.keys(part.columns)), ...made);
    place.replaceChildren(table);
  } catch (wrong) {
    say(place, wrong.message);
  }
}

function cells(part, row) {
  // A cell that may not be asked for says so, and leaves the others alone.
  return Promise.all(Object.values(part.columns).map(async (of) => {
    try {
      return await of(row);
    } catch (wrong) {
      return wrong.message.split(":")[0];
    }
  }));
}

function line(kind, texts) {
  const made = document.createElement("tr");
  for (const text of texts) made.appendChild(document.createElement(kind)).textContent = text ?? "";
  return made;
}

function say(place, text) {
  const told = document.createElement("p");
  told.textContent = text;
  place.replaceChildren(told);
}

const now = () => encodeURIComponent(new Date().toISOString());
const instant = (text) => text ? text.slice(0, 16).replace("T", " ") + " UTC" : "";
const two = (number) => String(number).padStart(2, "0");
const day = (date) => date ? `${date.year}-${two(date.month)}-${two(date.day)}` : "";
const megabecquerel = (mbq) => mbq === undefined ? "" : `${mbq.toLocaleString("en")} MBq`;
const amount = (left) => left ? `${left.vials} vials, ${megabecquerel(Number(left.referenceActivityKbq) / 1000)}` : "none";
const doubts = (dose) => dose.shipment.implausibleMilestones ?? [];
const because = ({reason, limitTime}) => limitTime ? `${reason} (${instant(limitTime)})` : reason;
const covered = (score, what) => score ? `${score[`${what}Covered`]} of ${score[what]}` : "";

form.addEventListener("submit", (event) => {
  event.preventDefault();
  asked.clear();
  document.getElementById("now").hidden = false;
  for (const [id, part] of Object.entries(PARTS)) show(id, part);
});
