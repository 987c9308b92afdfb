// Elements. Whatever comes from outside becomes text here, never markup: there is no way to give HTML.

// An element with attributes, and with children that are elements, texts, or lists of both; null and undefined are left out.
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

// The same for drawings.
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined));
  return made;
}

// Puts new content into a place. Who stood on something in it with the keyboard stands on its like afterwards.
export function fill(place, ...children) {
  const key = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...children.flat(Infinity).filter((each) => each !== null && each !== undefined));
  if (key) [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key)?.focus({preventScroll: true});
}

// A table that becomes a list of cards where there is little room. `columns` are pairs of a heading and what makes a cell of
// a row; `caption` is for those who do not see it.
export function table(caption, columns, rows) {
  const head = columns.map(([heading]) => el("th", {scope: "col", role: "columnheader"}, heading));
  const body = rows.map((row) => el("tr", {role: "row"}, columns.map(([heading, cell]) =>
    el("td", {role: "cell", "data-label": heading}, el("div", {}, cell(row))))));
  return el("table", {role: "table"},
    el("caption", {class: "unseen"}, caption),
    el("thead", {role: "rowgroup"}, el("tr", {role: "row"}, head)),
    el("tbody", {role: "rowgroup"}, body));
}

// What is known of one thing, as terms and their values.
export function facts(pairs) {
  return el("dl", {class: "facts"}, pairs.filter(Boolean).map(([term, value]) =>
    el("div", {}, el("dt", {}, term), el("dd", {}, value))));
}

// A part of a page with a heading of its own.
export function part(title, ...children) {
  return el("section", {class: "part"}, el("h2", {}, title), children);
}

let ids = 0;

// A control with its label.
export function labelled(label, control, hint) {
  control.id = `field-${++ids}`;
  const told = hint ? el("p", {class: "hint", id: `${control.id}-hint`}, hint) : null;
  if (told) control.setAttribute("aria-describedby", told.id);
  return el("div", {class: "field"}, el("label", {for: control.id}, label), control, told);
}
