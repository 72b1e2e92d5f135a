/* A whole list of stores and products: reads it, asks in batches, and shows the answers. */

import { readDate } from "../shared/date_field.js";
import { byId } from "../shared/dom.js";
import { faultsOf, tellFaults } from "../shared/faults.js";
import { ask } from "../shared/service.js";
import { count, plural } from "../shared/words.js";
import { batches } from "./batches.js";
import { UnreadableFile, textOf } from "./file_text.js";
import { readPairs } from "./pairs_text.js";
import { showResults } from "./results.js";

const TO_DO = "Nothing was asked. Correct the list and ask again.";

/** Wires the form; `onAnswered` is told each batch's prediction. */
export function startList({ onAnswered }) {
  let asking = null;

  byId("file").addEventListener("change", () => {
    byId("pairs").value = "";
    byId("table-form").requestSubmit();
  });
  byId("pairs").addEventListener("input", () => { byId("file").value = ""; });
  byId("stop").addEventListener("click", () => asking?.abort());
  byId("table-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    clear();
    const date = readDate("table-date");
    if (date === undefined) byId("table-date").focus();
    else await answerList(date, signal);
  });

  async function answerList(date, signal) {
    try {
      const list = await readList();
      signal.throwIfAborted();
      if (list !== null) showResults(await answers(list, date, signal, onAnswered), tellFailure);
    } catch (error) {
      if (signal.aborted) byId("table-said").textContent = "Stopped.";
      else tellFailure(error);
    } finally {
      if (asking.signal === signal) byId("table-progress").hidden = true;
    }
  }
}

function clear() {
  tellFaults("table-faults");
  byId("table-result").hidden = true;
  byId("list-read").textContent = "";
  byId("table-said").textContent = "";
}

function tellFailure(error) {
  const told = error instanceof UnreadableFile
    ? { faults: [{ place: null, reason: error.message }], count: 1, remedy: TO_DO }
    : faultsOf(error, error.lines && ((index) => `line ${error.lines[index]}`));
  tellFaults("table-faults", { title: "There are no answers.", ...told });
}

/** The pairs of the file, or of what is pasted; null where they are faulty, which is told. */
async function readList() {
  const [file] = byId("file").files;
  const { pairs, faults, count: faulty, notes } = await readPairs(file ? await textOf(file) : byId("pairs").value);
  const name = file ? `${file.name}: ` : "";
  byId("list-read").textContent = faulty ? notes.join(" ") : [`${name}${plural(pairs.length, "pair", "pairs")}.`, ...notes].join(" ");
  if (faulty === 0) return pairs;
  const title = `The list has ${plural(faulty, "fault", "faults")}.`;
  tellFaults("table-faults", { title, faults, count: faulty, remedy: TO_DO });
  return null;
}

async function answers(pairs, date, signal, onAnswered) {
  const answered = [];
  tellProgress(0, pairs.length);
  // A list is for one day, also at midnight.
  let day = date;
  for (const batch of batches(pairs, () => day)) {
    const prediction = await ask("quantity/predict", { body: batch.body, signal }).catch((error) => {
      error.lines = batch.pairs.map(({ line }) => line);
      throw error;
    });
    onAnswered(prediction);
    day ??= prediction.date;
    const { date: asked, as_of: asOf, model: { version } } = prediction;
    prediction.items.forEach((item, at) => {
      const { store, product } = batch.pairs[at];
      const { quantity, typical, low, high, status } = item;
      answered.push({ store, product, quantity, typical, low, high, status, date: asked, asOf, version });
    });
    tellProgress(answered.length, pairs.length);
  }
  byId("table-said").textContent = `${plural(answered.length, "pair", "pairs")} answered.`;
  return answered;
}

function tellProgress(done, all) {
  byId("table-progress").hidden = false;
  byId("progress-said").textContent = `${count(done)} of ${count(all)} pairs answered`;
  byId("answered").value = done / all;
}
