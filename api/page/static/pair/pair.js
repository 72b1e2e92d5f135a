/* One store and one product: asks, and shows the answer before all that explains it. */

import { writeAddress } from "../shared/address.js";
import { fillDate, readDate } from "../shared/date_field.js";
import { byId } from "../shared/dom.js";
import { faultsOf, tellFaults } from "../shared/faults.js";
import { MOST_CHARACTERS, characters, labelOf, named } from "../shared/ids.js";
import { ask } from "../shared/service.js";
import { today } from "../shared/words.js";
import { answerInWords, showAnswer } from "./answer.js";
import { Combobox } from "./combobox.js";
import { hideHistory, showHistory } from "./history.js";
import { hideReasons, showReasons } from "./reasons.js";
import { finder } from "./search.js";

const KINDS = ["store", "product"];

/** Wires the form. `onAnswered` is told each prediction; `show` follows an address, `question` is what to put there. */
export function startPair({ onAnswered }) {
  const fields = Object.fromEntries(KINDS.map((kind) => [kind, new Combobox(byId(`${kind}-field`), kind, finder(kind))]));
  let asking = null;
  let asked = {};

  byId("pair-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const faulty = KINDS.filter((kind) => !isWhole(fields[kind], kind));
    const date = readDate("date");
    if (faulty.length) fields[faulty[0]].focus();
    else if (date === undefined) byId("date").focus();
    else await follow(async (signal) => ({ ...await pairOf(fields, signal), date }), true);
  });

  /** Asks what `ofQuestion` tells, and stops what was asked before. */
  async function follow(ofQuestion, isNew) {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    tellFaults("pair-faults");
    byId("pair-result").setAttribute("aria-busy", "true");
    try {
      const question = await ofQuestion(signal);
      signal.throwIfAborted();
      asked = question;
      if (isNew) writeAddress(question);
      await answer(question, signal, onAnswered);
    } catch (error) {
      if (signal.aborted) return;
      byId("pair-result").hidden = true;
      tellFaults("pair-faults", { title: "There is no answer.", ...faultsOf(error) });
    } finally {
      if (!signal.aborted) byId("pair-result").removeAttribute("aria-busy");
    }
  }

  function show({ store, product, pair, date }) {
    asking?.abort();
    const isDate = fillDate("date", date ?? today());
    for (const [kind, id] of [["store", store], ["product", product]]) fields[kind].fill(id);
    byId("pair-empty").hidden = Boolean(store && product);
    byId("pair-result").hidden = true;
    tellFaults("pair-faults");
    asked = {};
    if (store && product && isDate) {
      const question = { ...namedInAddress("store", pair), ...namedInAddress("product", pair), date };
      follow(async () => question, false);
    }
  }

  return { show, question: () => asked };
}

/** An address names a number or a text; a number that is none is looked for as a text. */
function namedInAddress(kind, pair) {
  const number = pair[`${kind}_id`];
  return number === undefined ? { [kind]: pair[kind] } : named(kind, number);
}

function isWhole(field, kind) {
  const length = characters(field.text);
  const isEmpty = length === 0;
  if (isEmpty) field.tellFault(`Which ${kind}? Type its number, or choose it from the list.`);
  else if (length > MOST_CHARACTERS) field.tellFault(`A ${kind}’s id has at most ${MOST_CHARACTERS} characters. Correct it.`);
  else field.tellFault(null);
  return !isEmpty && length <= MOST_CHARACTERS;
}

async function pairOf(fields, signal) {
  const ids = await Promise.all(KINDS.map(async (kind) => await fields[kind].choice(signal) ?? named(kind, fields[kind].text)));
  return Object.assign({}, ...ids);
}

async function answer({ date, ...pair }, signal, onAnswered) {
  const body = JSON.stringify({ input: [pair], date, shown: true });
  const prediction = await ask("quantity/predict", { body, signal });
  const [item] = prediction.items;
  const ids = { store: labelOf("store", { ...item, ...pair }), product: labelOf("product", { ...item, ...pair }) };
  byId("pair-empty").hidden = true;
  byId("pair-result").hidden = false;
  showAnswer(item, prediction, ids);
  byId("pair-said").textContent = answerInWords(item, ids, prediction.date);
  onAnswered(prediction);
  if (item.quantity === null) {
    hideHistory();
    hideReasons();
    return;
  }
  const question = { pair, date: prediction.date, item };
  await Promise.all([showHistory(question, signal), showReasons(question, signal)]);
}
