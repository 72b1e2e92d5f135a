/* Why the quantity is what it is: asked after it is shown, and whatever happens here disturbs nothing else. */

import { byId, element } from "../shared/dom.js";
import { faultsOf } from "../shared/faults.js";
import { ask } from "../shared/service.js";
import { cases } from "../shared/words.js";

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

function reasons(item) {
  const words = item.reasons;
  if (words.length === 0) return [element("p", {}, "Nothing moves it from the usual order.")];
  return [
    element("p", {}, fromStartToQuantity(item)),
    element("p", { class: "quiet" }, "What moves the estimate most, and by what it multiplies it; × 1.10 is a tenth more."),
    element("ul", { class: "reasons" }, words.map((reason) => element("li", {}, reason))),
  ];
}

function fromStartToQuantity({ start, estimate, baseline, cases: rounded, pack, quantity }) {
  const leaning = baseline === null ? "" : `, and with the ${baseline.name} to ${amount(rounded)}`;
  const end = pack === null ? `rounded, ${cases(quantity)}` : `in packs that the product is really ordered in, ${cases(quantity)}`;
  return `From ${amount(start)}, what the orders so far suggest, the estimate comes to ${amount(estimate)}${leaning}: ${end}.`;
}

const amount = (number) => `${number.toFixed(1)} cases`;
