// Server-sent events, read with a token in a header, which EventSource cannot send. A stream that breaks is taken up where it
// was; until then its reader knows that the page may be old.

import {Refused, refusal, send} from "./api.js";
import {SignInNeeded} from "./auth.js";

const RETRY_MS = [500, 1000, 2000, 5000, 10000];
// The gateway gives a sign of life every 15 s; who hears nothing for three times that does not hear at all.
const SILENCE_MS = 45000;

export class Live {
  // `heard` is called with each event that changes something, and once whenever the stream begins, for what happened before;
  // `changed` with "live", "blind" or "off", and words.
  constructor(address, signal, heard, changed) {
    Object.assign(this, {address, signal, heard, changed, cursor: ""});
    this.run();
  }

  async run() {
    for (let failed = 0; !this.signal.aborted; failed += 1) {
      try {
        if (await this.read(() => { failed = 0; })) return;
      } catch (wrong) {
        if (this.signal.aborted) return;
        if (wrong instanceof SignInNeeded) return this.changed("off", wrong.message, wrong);
        if (wrong instanceof Refused && wrong.status === 403) return this.changed("off", "This is not followed: your account may not.");
        // A cursor that is not taken any more would never be taken.
        if (wrong instanceof Refused && wrong.status < 500) this.cursor = "";
      }
      this.changed("blind", "The connection is gone; trying again.");
      await pause(RETRY_MS[Math.min(failed, RETRY_MS.length - 1)], this.signal);
    }
  }

  async read(begun) {
    const quiet = new AbortController();
    const headers = {accept: "text/event-stream", ...(this.cursor ? {"last-event-id": this.cursor} : {})};
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE_MS);
    };
    const leave = () => quiet.abort();
    this.signal.addEventListener("abort", leave);
    addEventListener("offline", leave); // A connection that is gone would otherwise be missed only by its silence.
    try {
      alive();
      const answer = await send(this.address, {headers, signal: quiet.signal});
      begun();
      this.changed("live", "");
      this.heard(null);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const {done, value} = await reader.read();
        if (done) return false;
        alive();
        const blocks = (rest + value).split(/\r?\n\r?\n/);
        rest = blocks.pop();
        for (const block of blocks) await this.take(parsed(block));
      }
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", leave);
      removeEventListener("offline", leave);
    }
  }

  async take(event) {
    if (event.id) this.cursor = event.id;
    if (event.name === "error") throw await refusal(JSON.parse(event.data));
    if (event.data && event.name !== "keepAlive") this.heard(JSON.parse(event.data), event.name);
  }
}

// One event, as the standard has it: lines of a name, a colon and a value.
export function parsed(block) {
  const event = {id: "", name: "message", data: ""};
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1).replace(/^ /, "")];
    if (name === "data") data.push(value);
    else if (name === "event") event.name = value;
    else if (name === "id") event.id = value;
  }
  event.data = data.join("\n");
  return event;
}

function pause(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
