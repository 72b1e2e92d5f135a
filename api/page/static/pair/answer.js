/* The quantity, its range, and what the status means. */

import { byId, element, facts } from "../shared/dom.js";
import { cases, count, dateInWords, plural, rangeInWords, shortDate, statusInWords } from "../shared/words.js";

/** The answer in a sentence, for those who hear it. */
export function answerInWords(item, { store, product }, date) {
  const asked = `store ${store}, product ${product}, ${dateInWords(date)}`;
  if (item.quantity === null) return `No quantity for ${asked}. ${statusInWords(item.status)}`;
  return `${cases(item.quantity)} for ${asked}; ${rangeInWords(item.low, item.high)}. ${statusInWords(item.status)}`;
}

/** Shows an item of a prediction. */
export function showAnswer(item, { date, as_of: asOf }, ids) {
  byId("answer").replaceChildren(
    element("h2", { id: "answer-title" }, "Quantity to expect"),
    element("p", { class: "asked" }, `Store ${ids.store}, product ${ids.product}, ${dateInWords(date)}`),
    ...(item.quantity === null ? unknown(item.status, ids) : known(item)),
    element("p", { class: "quiet" }, ageInWords(date, asOf)),
  );
}

function known(item) {
  return [
    element("p", { class: "quantity" }, element("strong", {}, count(item.quantity)), item.quantity === 1 ? "case" : "cases"),
    element("p", {}, statusInWords(item.status)),
    facts([
      ["Range", `${capital(rangeInWords(item.low, item.high))}.`],
      ["For a cart", `${cases(item.typical)}, the number most often exactly right. In sums over many orders it is too low; there, use the quantity above.`],
    ]),
  ];
}

function unknown(status, ids) {
  const kind = status === "unknown_store" ? "store" : "product";
  return [
    element("p", { class: "quantity" }, "No quantity"),
    element("p", {}, statusInWords(status)),
    facts([[
      "What to do",
      `Check the ${kind}’s id, “${ids[kind]}”, or choose one from the list. A new ${kind} is known from the day after it is first taken in.`,
    ]]),
  ];
}

function ageInWords(date, asOf) {
  const days = Math.round((Date.parse(date) - Date.parse(asOf)) / 86_400_000);
  const age = days > 0 ? `, ${plural(days, "day", "days")} before the order date` : "";
  return `Orders are known up to the day before ${shortDate(asOf)}${age}.`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
