/* Refusals in words: the place, the reason, and what to do. */

import { byId, element } from "./dom.js";
import { Refused } from "./service.js";

const PLACES = {
  store_id: "store", store: "store", product_id: "product", product: "product", date: "order date", input: "pairs",
};
const REMEDIES = {
  404: "Choose a store and a product from the lists.",
  408: "Try again; the connection was too slow.",
  413: "Ask for fewer pairs at a time.",
};

/**
 * The faults of a failed request: {place, reason} each, and how many there are in all.
 *
 * placeOf: words for the place of the pair with this index in the request.
 */
export function faultsOf(error, placeOf = (index) => `pair ${index + 1}`) {
  const detail = error instanceof Refused ? error.body?.detail : null;
  if (Array.isArray(detail)) {
    const faults = detail.map(({ loc, msg }) => ({ place: placeInWords(loc, placeOf), reason: msg }));
    return { faults, count: error.body.error_count ?? faults.length, remedy: "Correct it and ask again." };
  }
  const reason = typeof detail === "string" ? detail : error.message;
  const log = error.requestId ? ` Its log has this request under ${error.requestId}.` : "";
  const remedy = REMEDIES[error.status] ?? `Try again; if it happens again, tell those who run the service.${log}`;
  return { faults: [{ place: null, reason }], count: 1, remedy };
}

/** Shows faults in a box, or hides it where there are none. */
export function tellFaults(id, told = null) {
  const box = byId(id);
  box.hidden = told === null;
  if (told === null) {
    box.replaceChildren();
    return;
  }
  const { title = null, faults, count, remedy } = told;
  const rest = count - faults.length;
  box.replaceChildren(...[
    title && element("p", {}, element("strong", {}, title)),
    element("ul", {}, faults.map(({ place, reason }) => element("li", {}, place ? `${place}: ${reason}` : reason))),
    rest > 0 ? element("p", {}, `… and ${rest.toLocaleString("en")} more`) : null,
    element("p", {}, remedy),
  ].filter(Boolean));
}

function placeInWords(loc, placeOf) {
  const words = [];
  for (const [at, part] of loc.entries()) {
    if (typeof part === "number") words.push(placeOf(part));
    else if (PLACES[part] && typeof loc[at + 1] !== "number") words.push(PLACES[part]);
  }
  return words.length ? [...new Set(words)].join(", ") : null;
}
