// Lists: filters, a table, and pages that are asked for by their tokens.

import {get} from "./api.js";
import {el, fill, labelled, table} from "./dom.js";
import {word} from "./words.js";

const PAGE_SIZE = 25;

// A filter of which one value is chosen, of an enumeration, or of pairs of a value and its words.
export function choice(name, label, values, prefix = "") {
  return {name, make: (now) => {
    const options = values.map((each) => Array.isArray(each) ? each : [each, word(each, prefix)])
      .map(([value, words]) => el("option", {value, selected: value === now}, words));
    return labelled(label, el("select", {name}, el("option", {value: ""}, "All"), options));
  }};
}

// A filter that is written; `pattern` is what the call takes.
export function written(name, label, pattern, hint) {
  return {name, make: (now) => labelled(label, el("input", {name, value: now ?? "", pattern, title: hint}), hint)};
}

// Shows a list: `address` and `rows` say what is asked and where the rows are in the answer, `watch` what is followed.
export async function list(page, route, {address, rows, watch, filters = [], fixed = {}, columns, empty, caption}) {
  const tokens = [""]; // of the pages up to the one that is shown
  const place = el("div", {class: "rows"});
  const form = filterForm(route, filters);
  const turn = (change) => {
    change();
    page.now();
  };
  if (watch) page.follows(watch);
  else page.told({state: "still"});
  await page.shows(
    () => get(address, {...fixed, ...chosen(route, filters), pageSize: PAGE_SIZE, pageToken: tokens.at(-1)}, page.signal),
    (found) => {
      if (!place.isConnected) fill(page.body, form, place);
      const all = found[rows];
      fill(place,
        all.length ? table(caption, columns, all) : el("p", {class: "empty"}, tokens.length > 1 ? "This page is empty." : empty),
        el("nav", {class: "pages", "aria-label": "Pages of the list"},
          turner("Previous page", tokens.length > 1, () => turn(() => tokens.pop())),
          el("span", {}, `Page ${tokens.length}`),
          turner("Next page", Boolean(found.nextPageToken), () => turn(() => tokens.push(found.nextPageToken))),
          watch ? null : turner("Read again", true, () => turn(() => {}))));
    });
}

function turner(words, possible, onclick) {
  return el("button", {type: "button", disabled: !possible, "data-key": words, onclick}, words);
}

function chosen(route, filters) {
  return Object.fromEntries(filters.map(({name}) => [name, route.filters.get(name) ?? ""]));
}

function filterForm(route, filters) {
  if (!filters.length) return null;
  const show = (event) => {
    event.preventDefault();
    const asked = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
    location.hash = `#/${route.view}${asked.size ? `?${asked}` : ""}`;
  };
  return el("form", {class: "filters", "aria-label": "Filters", onsubmit: show},
    filters.map((filter) => filter.make(route.filters.get(filter.name))), el("button", {}, "Show"));
}
