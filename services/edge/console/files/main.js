// The frame of the console: who is signed in, which view is shown, and whether it is live.

import {BACK, finish, may, session, signIn, SignInFailed, signOut} from "./auth.js";
import {nowText, setClock, tick} from "./clock.js";
import {el, fill, labelled} from "./dom.js";
import {fault, Page} from "./page.js";
import {settings} from "./settings.js";
import {batch, batches} from "./batches.js";
import {board} from "./board.js";
import {deliveries, delivery, message, messages} from "./exchange.js";
import {incident, incidents} from "./incidents.js";
import {run, runs} from "./runs.js";
import {shipment, shipments} from "./shipments.js";
import {chooseZone, timeText, zone, zones} from "./words.js";

// Each view: what it is called, the scope without which there is nothing to see, its list, and the page of one.
const VIEWS = {
  board: {title: "Board", scope: "tower.read", list: board},
  incidents: {title: "Incidents", scope: "tower.read", list: incidents, single: "Incident", one: incident},
  runs: {title: "Runs", scope: "capacity.read", list: runs, single: "Run", one: run},
  shipments: {title: "Shipments", scope: "distribution.read", list: shipments, single: "Shipment", one: shipment},
  batches: {title: "Batches", scope: "quality.read", list: batches, single: "Batch", one: batch},
  messages: {title: "Messages", scope: "exchange.read", list: messages, single: "Message", one: message},
  deliveries: {title: "Deliveries", scope: "exchange.read", list: deliveries, single: "Delivery", one: delivery},
};
const SIGNS = {live: "●", connecting: "◌", blind: "▲", off: "○", still: "○"};

const place = (id) => document.getElementById(id);
const content = place("content");
let page = null;

async function start() {
  fill(place("about"), ...await about());
  addEventListener("hashchange", () => go(true));
  setInterval(() => {
    tick();
    if (session()) fill(place("clock"), nowText());
  }, 1000);
  if (location.pathname === BACK) {
    try {
      const back = await finish();
      history.replaceState(null, "", `/${back ?? ""}`);
    } catch (wrong) {
      return welcome(wrong instanceof SignInFailed ? wrong.message : "The issuer cannot be reached. Try again.");
    }
  }
  await go(false);
}

async function go(moved) {
  if (!session()) return welcome("");
  const route = routeOf(location.hash);
  frame(route);
  page?.leave();
  const view = Object.hasOwn(VIEWS, route.view) ? VIEWS[route.view] : {title: "No such page"};
  const show = route.id ? view.one : view.list;
  page = new Page(content, route.id && view.one ? `${view.single} ${route.id}` : view.title, {told, signedOut: welcome});
  told(undefined);
  if (moved) page.heading.focus({preventScroll: true});
  const shown = page;
  await setClock().catch(() => {}); // Then it is this device's, and the page says so.
  if (shown.signal.aborted) return;
  if (!session()) return welcome("You are not signed in any more.");
  if (!show) return page.shows(() => null, () => fill(page.body, el("p", {}, "Nothing is shown at this address. Choose a view above.")));
  await show(page, route);
}

// #/runs/lu-1?states=OPEN is {view: "runs", id: "lu-1", filters}; an address that says nothing is the first view that there is.
export function routeOf(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [view, id] = path.split("/");
  const first = Object.keys(VIEWS).find((each) => may(VIEWS[each].scope)) ?? "board";
  return {view: view || first, id: decoded(id ?? ""), filters: new URLSearchParams(query ?? "")};
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function frame(route) {
  const seen = Object.entries(VIEWS).filter(([, {scope}]) => may(scope));
  fill(place("views"), seen.map(([view, {title}]) =>
    el("li", {}, el("a", {href: `#/${view}`, "data-key": view, "aria-current": view === route.view ? "page" : null}, title))));
  const {name, partner} = session();
  const chooser = el("select", {"data-key": "zone", onchange: (event) => {
    chooseZone(event.target.value);
    go(false);
  }}, Object.entries(zones()).map(([key, named]) => el("option", {value: key, selected: named === zone()}, named)));
  fill(place("who"), labelled("Times in", chooser),
    el("p", {}, name, partner ? el("span", {class: "hint"}, ` ${partner}`) : null),
    el("button", {type: "button", "data-key": "out", onclick: () => {
      signOut();
      welcome("");
    }}, "Sign out"));
  place("bar").hidden = false;
  fill(place("clock"), nowText());
}

function told(stream) {
  const words = {
    live: "Live",
    connecting: "Connecting …",
    blind: `Blind since ${timeText(new Date(stream?.since ?? Date.now()).toISOString())}: what you see may be old.`,
    off: "Not live.",
    still: "Not live: this is read when you open it, or press “Read again”.",
  };
  const state = stream?.state ?? "connecting";
  place("bar").dataset.state = state;
  const text = `${SIGNS[state]} ${words[state]} ${stream?.words ?? ""}`.trim();
  if (place("live").textContent !== text) fill(place("live"), text);
}

// What is shown to somebody who is not signed in.
function welcome(why) {
  page?.leave();
  page = null;
  fill(place("views"));
  fill(place("who"));
  place("bar").hidden = true;
  document.title = "Doselane";
  const problem = el("div", {role: "alert"}, why ? el("p", {}, why) : null);
  const enter = () => signIn(location.hash).catch((wrong) => fill(problem, wrong instanceof SignInFailed ? el("p", {}, wrong.message) : fault(wrong)));
  content.removeAttribute("aria-busy");
  content.replaceChildren(el("div", {class: "welcome"}, el("h1", {}, "Doselane"),
    el("p", {}, "The board of doses, what endangers them, and the messages behind it. You see what your account may see."),
    problem, el("button", {type: "button", onclick: enter}, "Sign in")));
}

async function about() {
  const {about: told} = await settings().catch(() => ({about: {}}));
  return [["version", told.version], ["build", told.build]].filter(([, value]) => value).map(([name, value]) => `${name} ${value} `);
}

start();
