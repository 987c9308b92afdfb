// Changes that a person makes: why, and what became of it.

import {post} from "./api.js";
import {may, SignInNeeded} from "./auth.js";
import {el, fill, labelled} from "./dom.js";
import {fault} from "./page.js";

// A form that makes one call. It is made once and stays while the page around it is drawn anew, so that nobody loses what they
// write. `fields` gives what goes with the reason; `scopes` what the account needs, without which there is no form.
export function action(page, {title, address, fields, scopes, reasonNeeded = false, once = true, words = "reason", label = "Why"}) {
  if (!scopes.every(may)) return null;
  const reason = el("textarea", {name: words, rows: "2", maxlength: "500", required: reasonNeeded});
  const outcome = el("div", {role: "status"});
  const button = el("button", {}, title);
  // The id stays until the change is made, so that a repetition after a broken answer acts once.
  let requestId = crypto.randomUUID();
  const act = async (event) => {
    event.preventDefault();
    button.disabled = true;
    fill(outcome, el("p", {}, "Sending …"));
    try {
      await post(address, {...fields(), [words]: reason.value, ...(once ? {requestId} : {})});
      requestId = crypto.randomUUID();
      reason.value = "";
      fill(outcome, el("p", {}, "Done."));
      page.now();
    } catch (wrong) {
      if (wrong instanceof SignInNeeded) return page.signedOut(wrong.message);
      // Refused means that it was not done: what is asked next is another thing.
      if (wrong.status >= 400 && wrong.status < 500) requestId = crypto.randomUUID();
      fill(outcome, fault(wrong));
      page.now();
    } finally {
      button.disabled = false;
    }
  };
  return el("form", {class: "action", "aria-label": title, onsubmit: act},
    labelled(`${label} (${reasonNeeded ? "needed, " : ""}for the record)`, reason), button, outcome);
}
