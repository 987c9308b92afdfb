// The public calls, with the token of whoever is signed in.

import {renew, session, SignInNeeded, signOut} from "./auth.js";
import {remedies} from "./settings.js";

const READ_MS_MAX = 20000;

// What a call was refused with: the problem as the door told it, and what to do.
export class Refused extends Error {
  constructor(problem, remedy) {
    super(problem.detail);
    Object.assign(this, {reason: problem.reason, status: problem.status, trace: problem.trace_id, remedy});
  }
}

// The door cannot be reached.
export class Away extends Error {
  constructor() {
    super("The gateway cannot be reached.");
    this.remedy = "Look whether you are connected; the console tries again by itself where it follows what happens.";
  }
}

export async function get(address, fields = {}, signal) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of [].concat(value ?? [])) if (each !== "") asked.append(name, each);
  }
  const query = asked.size ? `?${asked}` : "";
  const ends = AbortSignal.timeout(READ_MS_MAX);
  try {
    return await (await send(`${address}${query}`, {signal: signal ? AbortSignal.any([signal, ends]) : ends})).json();
  } catch (wrong) {
    throw ends.aborted && !signal?.aborted ? new Away() : wrong;
  }
}

// Changes something, once, however often the request has to be sent.
export async function post(address, body) {
  const headers = {"content-type": "application/json"};
  return (await send(address, {method: "POST", headers, body: JSON.stringify(body)})).json();
}

// A request with the token; with another one, if the door takes the first no more. The answer is good, or this throws.
export async function send(address, options = {}) {
  let answer = await once(address, options);
  if (answer.status === 401 && await renew()) answer = await once(address, options);
  if (answer.status === 401) {
    signOut();
    throw new SignInNeeded("You are not signed in any more.");
  }
  if (answer.ok) return answer;
  throw await refusal(await answer.json().catch(() => ({
    reason: "", status: answer.status, detail: `The gateway answered ${answer.status}.`,
  })));
}

// A problem as an error that knows what to do.
export async function refusal(problem) {
  const known = await remedies().catch(() => ({}));
  return new Refused(problem, known[problem.reason] ?? "Try again later; if it stays so, quote the reference to whoever runs this gateway.");
}

async function once(address, options) {
  const token = session()?.token;
  if (!token) throw new SignInNeeded("You are not signed in.");
  try {
    const headers = {...options.headers, authorization: `Bearer ${token}`};
    return await fetch(address, {...options, headers, cache: "no-store", credentials: "omit"});
  } catch (wrong) {
    if (wrong.name === "AbortError") throw wrong;
    throw new Away();
  }
}
