// One view on the screen: it reads what it shows, follows what changes it, and says what went wrong.

import {Away, Refused} from "./api.js";
import {SignInNeeded} from "./auth.js";
import {setClock, tick} from "./clock.js";
import {el, fill} from "./dom.js";
import {Live} from "./live.js";

const AGAIN_MS = 1000;

export class Page {
  // `told` is called with how the page is followed; `signedOut` when nobody is signed in any more.
  constructor(content, title, {told, signedOut}) {
    Object.assign(this, {told, signedOut});
    this.leaving = new AbortController();
    this.streams = new Map();
    this.heading = el("h1", {tabindex: "-1"}, title);
    this.problem = el("div", {role: "alert"});
    this.body = el("div", {});
    document.title = `${title} – Doselane`;
    this.content = content;
    content.setAttribute("aria-busy", "true");
    content.replaceChildren(this.heading, this.problem, this.body);
  }

  get signal() {
    return this.leaving.signal;
  }

  leave() {
    clearTimeout(this.timer);
    this.leaving.abort();
  }

  // Reads with `load`, and shows with `draw` what was read: now, and again whenever `again` is called.
  async shows(load, draw) {
    Object.assign(this, {load, draw});
    fill(this.body, el("p", {class: "hint"}, "Reading …"));
    await this.now();
  }

  // Reads once more, at most once a second, and never twice at a time.
  again() {
    if (this.reading) this.missed = true;
    else this.timer ??= setTimeout(() => this.now(), AGAIN_MS);
  }

  async now() {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.reading) {
      this.missed = true;
      return;
    }
    this.reading = true;
    try {
      const found = await this.load();
      if (this.signal.aborted) return;
      fill(this.problem);
      this.draw(found);
      this.content.removeAttribute("aria-busy");
      tick();
    } catch (wrong) {
      this.failed(wrong);
    } finally {
      this.reading = false;
      if (this.missed && !this.signal.aborted) {
        this.missed = false;
        this.again();
      }
    }
  }

  // Follows these streams; each event has the page read again, or goes to `heard`.
  follows(...addresses) {
    for (const address of addresses) {
      this.state(address, "connecting", "");
      new Live(address, this.signal, () => this.again(), (state, words, wrong) => this.state(address, state, words, wrong));
    }
  }

  state(address, state, words, wrong) {
    if (this.signal.aborted) return;
    if (wrong instanceof SignInNeeded) return this.signedOut(wrong.message);
    const before = this.streams.get(address);
    this.streams.set(address, {state, words, since: before?.state === state ? before.since : Date.now()});
    // After a moved clock or a long silence the time is asked for again.
    if (state === "live") setClock().then(() => tick()).catch(() => {});
    const all = [...this.streams.values()];
    this.told(["blind", "connecting", "off", "live"].map((each) => all.find((one) => one.state === each)).find(Boolean));
  }

  failed(wrong) {
    if (this.signal.aborted || wrong.name === "AbortError") return;
    if (wrong instanceof SignInNeeded) return this.signedOut(wrong.message);
    if (!(wrong instanceof Refused || wrong instanceof Away)) console.error(wrong);
    this.content.removeAttribute("aria-busy");
    if (this.body.querySelector("h2, table") === null) fill(this.body);
    fill(this.problem, fault(wrong), el("button", {type: "button", onclick: () => this.now()}, "Try again"));
  }
}

// What went wrong, and what to do.
export function fault(wrong) {
  const known = wrong instanceof Refused || wrong instanceof Away;
  return el("div", {class: "fault"},
    el("p", {}, el("strong", {}, known ? wrong.message : "The console could not show this.")),
    el("p", {}, wrong.remedy ?? "Load the page again; if it stays so, tell whoever runs this gateway."),
    wrong.reason ? el("p", {class: "hint"}, `${wrong.reason}, reference ${wrong.trace || "not known"}`) : null);
}
