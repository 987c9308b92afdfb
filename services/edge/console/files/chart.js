// Drawings on an axis of time. Each stands beside a table or facts that say the same in words.

import {el, svg} from "./dom.js";
import {timeText, zone} from "./words.js";

const STEPS_MIN = [15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080];
const MINUTE = 60000;

// A drawing that is made anew when its width changes; `draw` gets the width in pixels.
export function drawing(label, draw) {
  const place = el("div", {class: "drawing"});
  let width = 0;
  new ResizeObserver(([entry]) => {
    const next = Math.max(280, Math.floor(entry.contentRect.width));
    if (next === width) return;
    width = next;
    const made = draw(width);
    for (const [name, value] of [["role", "img"], ["aria-label", label]]) made.setAttribute(name, value);
    place.replaceChildren(made);
  }).observe(place);
  return place;
}

// From instants to places on a line between two ends.
export class TimeAxis {
  constructor(instants, start, end) {
    const known = instants.filter(Number.isFinite);
    const [first, last] = [Math.min(...known), Math.max(...known)];
    const margin = Math.max((last - first) * 0.04, 15 * MINUTE);
    Object.assign(this, {from: first - margin, to: last + margin, start, end});
  }

  x(instant) {
    return this.start + (instant - this.from) / (this.to - this.from) * (this.end - this.start);
  }

  // Lines and times below them; the zone stands in the words beside the drawing.
  drawn(top, bottom) {
    const room = (this.end - this.start) / 70;
    const step = MINUTE * (STEPS_MIN.find((each) => (this.to - this.from) / (each * MINUTE) <= room) ?? STEPS_MIN.at(-1));
    const marks = [];
    const offset = offsetAt(this.from);
    for (let at = Math.ceil((this.from + offset) / step) * step - offset; at < this.to; at += step) marks.push(at);
    return svg("g", {class: "axis"}, marks.map((at) => [
      svg("line", {x1: this.x(at), x2: this.x(at), y1: top, y2: bottom}),
      svg("text", {x: this.x(at), y: bottom + 14, "text-anchor": "middle"}, shown(at, {hour: "2-digit", minute: "2-digit"})),
      svg("text", {x: this.x(at), y: bottom + 28, "text-anchor": "middle"}, shown(at, {day: "2-digit", month: "short"})),
    ]));
  }
}

// An axis for all that happens, and for marks that are not so far away that they would press it together.
function axisOf(instants, marks, start, end) {
  const known = instants.filter(Number.isFinite);
  const [first, last] = [Math.min(...known), Math.max(...known)];
  const near = marks.map(([, at]) => at).filter((at) => at > first - (last - first) * 0.4 && at < last + (last - first) * 0.4);
  return new TimeAxis([...known, ...near], start, end);
}

// A line across a drawing with its word.
function mark(axis, instant, word, top, bottom, kind = "") {
  if (!(instant >= axis.from && instant <= axis.to)) return null;
  const x = axis.x(instant);
  const left = x > (axis.start + axis.end) / 2;
  return svg("g", {class: `mark ${kind}`},
    svg("line", {x1: x, x2: x, y1: top, y2: bottom}),
    svg("text", {x: x + (left ? -4 : 4), y: top + 10, "text-anchor": left ? "end" : "start"}, word));
}

// Curves of activity over time. `curves` have a name and `at(instant)` in megabecquerel between `from` and `to`; `points` what
// was measured; `marks` instants that matter.
export function curves(label, {curves: all, points = [], marks = [], leastMbq}) {
  const HEIGHT = 260, TOP = 12 + 14 * Math.min(marks.length, 4), BOTTOM = 210, START = 62;
  return drawing(label, (width) => {
    const axis = axisOf([...all.flatMap(({from, to}) => [from, to]), ...points.map(({at}) => at)], marks, START, width - 10);
    const most = Math.max(...all.map(({at, from}) => at(from)), ...points.map(({mbq}) => mbq), leastMbq ?? 0) * 1.08;
    const y = (mbq) => BOTTOM - mbq / most * (BOTTOM - TOP);
    const path = ({at, from, to}) => Array.from({length: 61}, (_, index) => {
      const instant = from + (to - from) * index / 60;
      return `${index ? "L" : "M"}${axis.x(instant).toFixed(1)} ${y(at(instant)).toFixed(1)}`;
    }).join("");
    const levels = [0, 0.25, 0.5, 0.75, 1].map((share) => share * most / 1.08);
    return svg("svg", {width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`},
      svg("g", {class: "axis"}, levels.map((mbq) => [
        svg("line", {x1: START, x2: width - 10, y1: y(mbq), y2: y(mbq)}),
        svg("text", {x: START - 6, y: y(mbq) + 4, "text-anchor": "end"}, mbq.toLocaleString("en", {maximumSignificantDigits: 3})),
      ])),
      axis.drawn(TOP, BOTTOM),
      leastMbq ? svg("line", {class: "least", x1: START, x2: width - 10, y1: y(leastMbq), y2: y(leastMbq)}) : null,
      all.map((curve, index) => svg("path", {class: `curve c${index % 6}`, d: path(curve)}, svg("title", {}, curve.name))),
      points.map(({at, mbq, name}) => svg("circle", {class: "point", cx: axis.x(at), cy: y(mbq), r: 4}, svg("title", {}, name))),
      marks.map(([word, at, kind], index) => mark(axis, at, word, 4 + 14 * (index % 4), BOTTOM, kind)));
  });
}

// Rows of what was expected (a bar from early to late) and what happened (dots), under one axis. A row is
// {label, from, to, dots, state}; instants that nobody knows are not numbers.
export function strip(label, {rows, marks = []}) {
  const ROW = 46, TOP = 14 + 14 * Math.min(marks.length, 4), START = 14;
  return drawing(label, (width) => {
    const bottom = TOP + rows.length * ROW + 6;
    const axis = axisOf(rows.flatMap((row) => [row.from, row.to, ...row.dots]), marks, START, width - 14);
    return svg("svg", {width, height: bottom + 36, viewBox: `0 0 ${width} ${bottom + 36}`},
      axis.drawn(TOP, bottom),
      rows.map((row, index) => {
        const y = TOP + index * ROW + 34;
        const bar = Number.isFinite(row.from) && Number.isFinite(row.to);
        return svg("g", {class: `row ${row.state}`},
          svg("text", {class: "label", x: START, y: y - 14}, row.label),
          svg("line", {class: "rail", x1: START, x2: width - 14, y1: y, y2: y}),
          bar ? svg("rect", {class: "expected", x: axis.x(row.from), y: y - 6, width: Math.max(3, axis.x(row.to) - axis.x(row.from)), height: 12, rx: 4}) : null,
          row.dots.map((at) => svg("circle", {class: "real", cx: axis.x(at), cy: y, r: 6}, svg("title", {}, timeText(new Date(at).toISOString())))));
      }),
      marks.map(([word, at, kind], index) => mark(axis, at, word, 4 + 14 * (index % 4), bottom, kind)));
  });
}

function shown(instant, parts) {
  return new Intl.DateTimeFormat("en-GB", {...parts, hourCycle: "h23", timeZone: zone()}).format(new Date(instant));
}

// How far the zone is ahead of UTC, so that marks stand at full hours there.
function offsetAt(instant) {
  const parts = new Intl.DateTimeFormat("en-GB", {timeZone: zone(), timeZoneName: "longOffset"}).formatToParts(new Date(instant));
  const found = /GMT([+-])(\d\d):(\d\d)/.exec(parts.find(({type}) => type === "timeZoneName").value);
  return found ? (found[1] === "+" ? 1 : -1) * (Number(found[2]) * 60 + Number(found[3])) * MINUTE : 0;
}
