/* A date to ask for: the field's, or none where it is left empty. */

import { byId, tellFault } from "./dom.js";

const IS_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** The date in a field as YYYY-MM-DD, or null where it is empty: then the service takes today. Undefined where it is faulty, which is told. */
export function readDate(id) {
  const input = byId(id);
  const isFaulty = input.validity.badInput || input.validity.rangeOverflow || input.validity.rangeUnderflow;
  tellFault(input, byId(`${id}-fault`), isFaulty ? "This is no whole date. Give a day, a month and a year, or leave it empty for today." : null);
  return isFaulty ? undefined : input.value || null;
}

/** Fills a field with a date of an address; false where that is none, which is told. */
export function fillDate(id, date) {
  const input = byId(id);
  // A browser warns of a value of another form.
  input.value = IS_DATE.test(date) ? date : "";
  const isFaulty = input.value !== date;
  tellFault(input, byId(`${id}-fault`), isFaulty ? `The address asks for “${date}”, which is no day as YYYY-MM-DD. Choose a date.` : null);
  return !isFaulty;
}
