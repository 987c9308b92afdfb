// How the doses of an incident can be saved: until when a move that is known still can.

import {el, part, table} from "./dom.js";
import {bare, left, when} from "./words.js";

export function rescueOf(incident) {
  const doses = incident.affectedDoses.filter(({verdict}) => verdict !== "DOSE_VERDICT_SAFE");
  if (!doses.length || incident.state === "RESOLVED") return null;
  return part("Rescue",
    el("p", {class: "hint"}, "Until when a move to another departure, lane or run could still save each dose. Its sponsor, or the manufacturer's staff, moves it with MoveSlot."),
    table("Rescue windows", [
      ["Dose", (each) => bare(each.dose)],
      ["Until", (each) => when(each.rescueUntilTime, "no way known")],
      ["Clock", (each) => left(each.rescueUntilTime, "none")],
    ], doses));
}
