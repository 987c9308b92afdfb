// The gateway's time, which a sandbox moves on; and what counts down to an instant.

import {get} from "./api.js";
import {may} from "./auth.js";
import {timeText} from "./words.js";

let ahead = 0;
let source = "this device's clock";

export const now = () => Date.now() + ahead;

// Asks for the gateway's time; without leave to do so it is this device's.
export async function setClock() {
  if (!may("clock.read")) return;
  const began = Date.now();
  const {time} = await get("/v1/clock");
  ahead = Date.parse(time) - (began + Date.now()) / 2;
  source = "the gateway's clock";
}

export const nowText = () => `${timeText(new Date(now()).toISOString())}, by ${source}`;

// 5 400 000 is "1 h 30 min".
export function lasting(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${String(rest).padStart(2, "0")} min`;
  return minutes ? `${minutes} min` : `${Math.floor(milliseconds / 1000)} s`;
}

// Writes what is left at every instant that the page counts down to.
export function tick(root = document) {
  for (const each of root.querySelectorAll("[data-until]")) {
    const remains = Date.parse(each.dataset.until) - now();
    const words = remains > 0 ? `${lasting(remains)} left` : `over since ${lasting(-remains)}`;
    if (each.textContent !== words) each.textContent = words;
    if (each.classList.contains("calm")) continue;
    each.classList.toggle("over", remains <= 0);
    each.classList.toggle("soon", remains > 0 && remains < 3600000);
  }
}
