// How values are written: times with their zone, activities with their instant, and what is not known as "not known".

import {el} from "./dom.js";

const ZONES = {device: Intl.DateTimeFormat().resolvedOptions().timeZone, utc: "UTC"};
const FORMAT = {day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23"};
const KEPT = "doselane.zone";
const LONG = 24;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const linked = new Set();

// The zone in which times are written: this device's, unless its reader chose UTC.
export function zone() {
  return ZONES[localStorage.getItem(KEPT)] ?? ZONES.device;
}

export function chooseZone(name) {
  localStorage.setItem(KEPT, name);
}

export const zones = () => ZONES;

export function unknown(words = "not known") {
  return el("span", {class: "unknown"}, words);
}

// What somebody told us, as text; nothing is "not known".
export function text(value, otherwise) {
  return value === undefined || value === null || value === "" ? unknown(otherwise) : String(value);
}

export function timeText(iso) {
  return new Intl.DateTimeFormat("en-GB", {...FORMAT, timeZone: zone(), timeZoneName: "short"}).format(new Date(iso));
}

export function when(iso, otherwise) {
  if (!iso) return unknown(otherwise);
  const [day, hour] = timeText(iso).split(", "); // Between them a line may end.
  return el("time", {datetime: iso, title: new Date(iso).toISOString()}, el("span", {}, `${day},`), " ", el("span", {}, hour));
}

// The time that is left until an instant; `clock.js` keeps it right. Some instants pass without harm: they do not alarm.
export function left(iso, otherwise = "no last instant") {
  return iso ? el("span", {class: "clock", "data-until": iso}) : unknown(otherwise);
}

export function leftCalmly(iso) {
  return iso ? el("span", {class: "clock calm", "data-until": iso}) : null;
}

export function number(value, digits = 4) {
  return Number(value).toLocaleString("en", {maximumSignificantDigits: digits});
}

export function activity(given, otherwise) {
  if (!given?.time) return unknown(otherwise);
  return el("span", {}, `${number(given.activityMbq)} MBq at `, when(given.time));
}

export function capacity(given, otherwise) {
  if (!given) return unknown(otherwise);
  return `${number(Number(given.referenceActivityKbq) / 1000)} MBq at end of synthesis, ${given.vials} vials`;
}

// A word of an enumeration: DOSE_VERDICT_AT_RISK is "At risk"; what is unspecified is not known.
export function word(value, prefix = "") {
  const bare = (value ?? "").replace(prefix, "");
  if (!bare || bare.endsWith("UNSPECIFIED")) return "";
  return (bare[0] + bare.slice(1).toLowerCase().replaceAll("_", " ")).replace(/\bqc\b/, "QC");
}

export const told = (value, prefix) => text(word(value, prefix));

const GOOD = /^(SAFE|GO|PASS|DELIVERED|CONFIRMED|CERTIFIED_\w+|PRODUCED|ACCEPTED|SENT|GIVEN|RESOLVED|FULFILLED|SATISFIED)$/;
const BAD = /^(LOST|NO_GO|CRITICAL|FAIL|FAILED|REJECTED|FAILED_AFTER_USE|REFUSED|GIVEN_UP|CANCELLED|CONTRADICTED)$/;
const WARN = /^(AT_RISK|WAIT|MAJOR|OPEN_INCIDENT|INDETERMINATE|INVALID|EXCEPTION|RETURNED|PARKED|OVERDUE)$/;

// A state with a colour and a sign. The word says it all; the rest is for the eye.
export function badge(value, prefix = "") {
  const bare = (value ?? "").replace(prefix, "");
  const kind = GOOD.test(bare) ? "good" : BAD.test(bare) ? "bad" : WARN.test(bare) ? "warn" : "plain";
  return word(bare) ? el("span", {class: `badge ${kind}`}, word(bare)) : unknown();
}

// Says which collections have a page for each of theirs.
export function links(collections) {
  for (const each of collections) linked.add(each);
}

// A resource's name, which leads to its page if there is one.
export function named(name, otherwise) {
  if (!name) return unknown(otherwise);
  const [collection, id, further] = name.split("/");
  return linked.has(collection) && id && further === undefined ? el("a", {href: addressOf(name), class: "name", "data-key": `to ${name}`, title: name}, short(id)) : bare(name);
}

// A name without its collection, where the words beside it say what it is.
export function bare(name, otherwise) {
  return name ? el("span", {class: "name", title: name}, short(name.slice(name.indexOf("/") + 1))) : unknown(otherwise);
}

// Of a UUID the end, in which those of one day differ; of another long name the beginning too.
export function short(id) {
  if (UUID.test(id)) return `…${id.slice(-8)}`;
  return id.length > LONG && !id.includes("-", 8) ? `${id.slice(0, 8)}…${id.slice(-8)}` : id;
}

export function addressOf(name) {
  const [collection, id] = name.split("/");
  return `#/${collection}/${encodeURIComponent(id)}`;
}

export function yes(value) {
  return value ? "yes" : "no";
}
