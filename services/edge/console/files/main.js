// The console: the views of people who watch over doses.

import {batch, batches} from "./batches.js";
import {board} from "./board.js";
import {consent, consents} from "./consents.js";
import {draft, drafts} from "./drafts.js";
import {deliveries, delivery, message, messages} from "./exchange.js";
import {start} from "./frame.js";
import {incident, incidents} from "./incidents.js";
import {run, runs} from "./runs.js";
import {shipment, shipments} from "./shipments.js";

start({
  board: {title: "Board", scope: "tower.read", list: board},
  incidents: {title: "Incidents", scope: "tower.read", list: incidents, single: "Incident", one: incident},
  consents: {title: "Consents", scope: "tower.read", list: consents, single: "Consent", one: consent},
  drafts: {title: "Drafts", scope: "tower.consent", list: drafts, single: "Draft", one: draft},
  runs: {title: "Runs", scope: "capacity.read", list: runs, single: "Run", one: run},
  shipments: {title: "Shipments", scope: "distribution.read", list: shipments, single: "Shipment", one: shipment},
  batches: {title: "Batches", scope: "quality.read", list: batches, single: "Batch", one: batch},
  messages: {title: "Messages", scope: "exchange.read", list: messages, single: "Message", one: message},
  deliveries: {title: "Deliveries", scope: "exchange.read", list: deliveries, single: "Delivery", one: delivery},
}, "The board of doses, what endangers them, and the messages behind it. You see what your account may see.");
