/* The answers as files: the same columns as CSV and as XLSX. */

import { element } from "../shared/dom.js";
import { library } from "../shared/libraries.js";

const number = (value) => ({ value, type: Number });
const text = (value) => ({ value, type: String });
const day = (value) => ({ value: new Date(`${value}T00:00:00Z`), type: Date, format: "yyyy-mm-dd" });
const id = (value) => (/^[1-9][0-9]{0,14}$/.test(value) ? number(Number(value)) : text(value));

/** Name, field of an answer, cell of a spreadsheet. */
const COLUMNS = [
  ["STORE_ID", "store", id], ["PRODUCT_ID", "product", id], ["DATE", "date", day], ["QUANTITY", "quantity", number],
  ["TYPICAL", "typical", number], ["LOW", "low", number], ["HIGH", "high", number], ["STATUS", "status", text],
  ["AS_OF", "asOf", day], ["MODEL_VERSION", "version", text],
];

/** Saves answers as a CSV file. Spreadsheets read its ids as text, never as formulas, and its letters as UTF-8. */
export async function saveCsv(answers) {
  const Papa = await library("Papa");
  const rows = answers.map((answer) => COLUMNS.map(([, field]) => answer[field]));
  const csv = Papa.unparse({ fields: COLUMNS.map(([name]) => name), data: rows }, { escapeFormulae: true });
  save(new Blob(["\ufeff", csv, "\r\n"], { type: "text/csv;charset=utf-8" }), `${fileName(answers)}.csv`);
}

/** Saves answers as a workbook. */
export async function saveXlsx(answers) {
  const writeXlsxFile = await library("writeXlsxFile");
  const head = COLUMNS.map(([name]) => ({ value: name, fontWeight: "bold" }));
  const rows = answers.map((answer) => COLUMNS.map(([, field, cell]) => (answer[field] === null ? null : cell(answer[field]))));
  const options = { sheet: "Quantities", stickyRowsCount: 1, columns: COLUMNS.map(() => ({ width: 16 })) };
  save(await writeXlsxFile([head, ...rows], options).toBlob(), `${fileName(answers)}.xlsx`);
}

const fileName = ([first]) => `quantities-${first.date}`;

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = element("a", { href: address, download: name, hidden: "" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
