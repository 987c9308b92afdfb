// The frame of a page: who is signed in, which view is shown, and whether it is live.

import {BACK, finish, may, session, signIn, SignInFailed, signOut} from "./auth.js";
import {nowText, setClock, tick} from "./clock.js";
import {el, fill, labelled} from "./dom.js";
import {fault, Page} from "./page.js";
import {HOME, settings} from "./settings.js";
import {chooseZone, links, timeText, zone, zones} from "./words.js";

const SIGNS = {live: "●", connecting: "◌", blind: "▲", off: "○", still: "○"};

const place = (id) => document.getElementById(id);
const content = place("content");
let page = null;
let views = {};
let title = "Doselane";
let words = "";

// Starts a page with its views, by the first word of an address: what one is called, the scope without which there is nothing to
// see, its `list`, what a `single` one is called and shown by `one`. `greeting` is for who is not signed in.
export async function start(all, greeting) {
  [views, words] = [all, greeting];
  links(Object.keys(views).filter((each) => views[each].one));
  await about();
  addEventListener("hashchange", () => go(true));
  setInterval(() => {
    tick();
    if (session()) fill(place("clock"), nowText());
  }, 1000);
  if (location.pathname === BACK) {
    try {
      const back = await finish();
      history.replaceState(null, "", `${HOME}${back ?? ""}`);
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
  const view = Object.hasOwn(views, route.view) ? views[route.view] : {title: "No such page"};
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
  const first = Object.keys(views).find((each) => may(views[each].scope)) ?? Object.keys(views)[0];
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
  const seen = Object.entries(views).filter(([, {scope}]) => may(scope));
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
    still: "Not live: what you see was read when you asked for it.",
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
  document.title = title;
  const problem = el("div", {role: "alert"}, why ? el("p", {}, why) : null);
  const enter = () => signIn(location.hash).catch((wrong) => fill(problem, wrong instanceof SignInFailed ? el("p", {}, wrong.message) : fault(wrong)));
  content.removeAttribute("aria-busy");
  content.replaceChildren(el("div", {class: "welcome"}, el("h1", {}, title), el("p", {}, words),
    problem, el("button", {type: "button", onclick: enter}, "Sign in")));
}

// Whose page this is: the version for who asks for help; for a portal its owner's name, colour and logo.
async function about() {
  const {about: told, name, colour, logo} = await settings().catch(() => ({about: {}}));
  fill(place("about"), ["version", "build"].filter((each) => told[each]).map((each) => `${each} ${told[each]} `));
  title = name || title;
  if (name) fill(place("brand"), name);
  if (logo) place("logo").src = logo;
  if (colour) wear(colour);
}

// The owner's colour, with writing on it that can be read: of black and white one always has a contrast of 4.5 to 1.
function wear(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
  const bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  document.documentElement.style.setProperty("--accent", colour);
  document.documentElement.style.setProperty("--on-accent", bright > 0.179 ? "#000" : "#fff");
}
