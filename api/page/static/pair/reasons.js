/* Why the quantity is what it is: asked after it is shown, and whatever happens here disturbs nothing else. */

import { byId, element } from "../shared/dom.js";
import { faultsOf } from "../shared/faults.js";
import { ask } from "../shared/service.js";

export function hideReasons() {
  byId("reasons").hidden = true;
}

/** Asks for the reasons of a prediction and shows them. */
export async function showReasons(question, signal) {
  show(element("p", { class: "quiet" }, "Looking for the reasons …"));
  try {
    const body = JSON.stringify({ input: [question.pair], date: question.date });
    const [item] = (await ask("quantity/explain", { body, signal, waits: false })).items;
    show(...reasons(item));
  } catch (error) {
    if (signal.aborted) return;
    const again = element("button", { type: "button" }, "Ask again");
    again.addEventListener("click", () => showReasons(question, signal));
    show(element("p", { class: "quiet" }, `There are no reasons to show now: ${faultsOf(error).faults[0].reason}.`), again);
  }
}

function show(...children) {
  byId("reasons").replaceChildren(element("h2", { id: "reasons-title" }, "Why this quantity"), ...children);
  byId("reasons").hidden = false;
}

function reasons({ reasons: words }) {
  if (words.length === 0) return [element("p", {}, "Nothing moves it from the usual order.")];
  return [
    element("p", { class: "quiet" }, "What moves the estimate most, and by what it multiplies it; × 1.10 is a tenth more."),
    element("ul", { class: "reasons" }, words.map((reason) => element("li", {}, reason))),
  ];
}
