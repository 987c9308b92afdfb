// The portal: the views of a treatment centre that has no front end of its own.

import {arrival, arrivals} from "./arrivals.js";
import {dose, doses} from "./doses.js";
import {start} from "./frame.js";
import {notice, notices} from "./notices.js";
import {order} from "./order.js";

start({
  order: {title: "Order", scope: "slotting.claim", list: order},
  doses: {title: "Track", scope: "status.read", list: doses, single: "Dose", one: dose},
  shipments: {title: "Receive", scope: "distribution.read", list: arrivals, single: "Shipment", one: arrival},
  notices: {title: "Notices", scope: "quality.read", list: notices, single: "Notice", one: notice},
}, "Order doses, see where each is, and what to do when it comes.");
