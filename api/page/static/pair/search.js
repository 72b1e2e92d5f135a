/* Stores and products whose ids begin with what is typed. */

import { labelOf } from "../shared/ids.js";
import { ask } from "../shared/service.js";

const LIMIT = 50;

/** What finds stores, or products: the first choices, and whether there may be more. */
export function finder(kind) {
  return async (begins, signal) => {
    const found = (await ask(`quantity/${kind}s`, { query: { search: begins, limit: LIMIT }, signal }))[`${kind}s`];
    return { choices: found.map((record) => choiceOf(kind, record)), hasMore: found.length === LIMIT };
  };
}

function choiceOf(kind, record) {
  const named = record[kind] === null ? { [`${kind}_id`]: record[`${kind}_id`] } : { [kind]: record[kind] };
  return { id: labelOf(kind, record), named };
}
