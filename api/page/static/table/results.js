/* The answers to a list: totals, a table in pages, and what saves them. */

import { byId, element } from "../shared/dom.js";
import { count, dateInWords, plural, shortDate, statusInShort, STATUS_NAMES } from "../shared/words.js";
import { saveCsv, saveXlsx } from "./download.js";

const ROWS = 100;
const COLUMNS = [
  ["Store", (answer) => answer.store], ["Product", (answer) => answer.product], ["Cases", (answer) => answer.quantity, true],
  ["For a cart", (answer) => answer.typical, true], ["From", (answer) => answer.low, true],
  ["To", (answer) => answer.high, true], ["Status", (answer) => statusInShort(answer.status)],
];

/** Shows answers; the first page of all of them. */
export function showResults(answers, onFault) {
  const place = byId("table-result");
  const page = new Pages(answers);
  place.replaceChildren(
    element("h2", { id: "table-title" }, `Quantities for ${dateInWords(answers[0].date)}`),
    totals(answers),
    element("div", { class: "bar" }, save("Save as CSV", saveCsv, answers, onFault), save("Save as Excel (XLSX)", saveXlsx, answers, onFault), ...page.choice()),
    page.table,
    page.moves,
    element("p", { class: "quiet" }, sourceInWords(answers)),
  );
  place.hidden = false;
}

const isKnown = (answer) => answer.quantity !== null;

function totals(answers) {
  const known = answers.filter(isKnown);
  const rows = [
    ["Pairs", count(answers.length)],
    ["Cases in all, if every store orders", count(known.reduce((sum, answer) => sum + answer.quantity, 0))],
    ["Never ordered together", count(answers.filter(({ status }) => status === "cold_start").length)],
    ["Without a quantity", count(answers.length - known.length)],
  ];
  return element("dl", { class: "totals" }, rows.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value))));
}

function save(words, act, answers, onFault) {
  const button = element("button", { type: "button" }, words);
  button.addEventListener("click", async () => {
    button.disabled = true;
    await act(answers).catch(onFault);
    button.disabled = false;
  });
  return button;
}

function sourceInWords(answers) {
  const versions = [...new Set(answers.map(({ version, asOf }) => `version ${version}, orders known before ${shortDate(asOf)}`))];
  const change = versions.length > 1 ? " The model or its features changed while the list was answered; the files tell which line is whose." : "";
  return `Answered by ${versions.join(", and by ")}.${change}`;
}

/** A table of a hundred answers at a time: thousands of rows would make the browser slow. */
class Pages {
  #all;
  #shown;
  #at = 0;
  #body = element("tbody");
  #said = element("span", { role: "status" });
  #before = element("button", { type: "button" }, "Previous 100");
  #next = element("button", { type: "button" }, "Next 100");

  constructor(answers) {
    this.#all = this.#shown = answers;
    this.#before.addEventListener("click", () => this.#show(this.#at - ROWS));
    this.#next.addEventListener("click", () => this.#show(this.#at + ROWS));
    const head = COLUMNS.map(([name, , isNumber]) => element("th", { scope: "col", class: isNumber ? "number" : "" }, name));
    this.table = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Quantities" },
      element("table", {}, element("thead", {}, element("tr", {}, head)), this.#body));
    this.moves = element("div", { class: "bar" }, this.#before, this.#next, this.#said);
    this.#show(0);
  }

  /** What chooses which answers are shown. */
  choice() {
    const present = STATUS_NAMES.filter((status) => this.#all.some((answer) => answer.status === status));
    const options = present.map((status) => element("option", { value: status }, statusInShort(status)));
    const select = element("select", { id: "which" }, element("option", { value: "" }, "all pairs"), options);
    select.addEventListener("change", () => {
      this.#shown = this.#all.filter(({ status }) => !select.value || status === select.value);
      this.#show(0);
    });
    return [element("label", { for: "which" }, "Show"), select];
  }

  #show(at) {
    this.#at = at;
    const rows = this.#shown.slice(at, at + ROWS);
    this.#body.replaceChildren(...rows.map((answer) => element("tr", {}, COLUMNS.map(([, value, isNumber]) => {
      const told = value(answer);
      return element("td", { class: isNumber ? "number" : "" }, typeof told === "number" ? count(told) : told ?? "–");
    }))));
    this.#before.disabled = at === 0;
    this.#next.disabled = at + ROWS >= this.#shown.length;
    this.#said.textContent = `${count(at + 1)} to ${count(at + rows.length)} of ${plural(this.#shown.length, "pair", "pairs")}`;
    this.table.scrollTop = 0;
  }
}
