/* Pairs from text: a CSV file, or what is pasted from a spreadsheet. */

import { MOST_CHARACTERS, characters, named } from "../shared/ids.js";
import { library } from "../shared/libraries.js";
import { count, plural } from "../shared/words.js";

export const MOST_PAIRS = 100_000;
const MOST_FAULTS = 20;
const KINDS = ["store", "product"];
const SEPARATORS = [",", ";", "\t"];
const NO_QUOTE_END = "a quotation mark is not closed";

/**
 * The pairs of a text, {line, store, product, pair} each, with the faults, of which the first are listed and all are
 * counted, and notes on how the text was read.
 */
export async function readPairs(text) {
  const Papa = await library("Papa");
  const plain = withoutMark(text);
  const { data, errors } = Papa.parse(plain, { delimiter: separatorOf(plain) });
  const lines = numbered(data).filter(({ cells }) => cells.some(Boolean));
  const faults = new Faults();
  if (lines.length === 0) faults.add(null, "there are no pairs: give one a line, a store and a product");
  else readLines(lines, badQuotes(errors), faults);
  return { pairs: faults.pairs, faults: faults.listed, count: faults.count, notes: faults.notes };
}

/** What is found in a text. */
class Faults {
  pairs = [];
  listed = [];
  count = 0;
  notes = [];

  add(line, reason) {
    this.count += 1;
    if (this.listed.length < MOST_FAULTS) this.listed.push({ place: line === null ? null : `line ${line}`, reason });
  }
}

const withoutMark = (text) => text.replace(/^\ufeff/, "");

/** The separator that the first line with anything in it has most of, outside quotation marks. */
function separatorOf(text) {
  const line = text.trimStart().split(/\r|\n/, 1)[0].replace(/"[^"]*"/g, "");
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}

/** Rows with the line that each begins on: a cell in quotation marks may have several. */
function numbered(data) {
  let line = 1;
  return data.map((row, at) => {
    const begins = line;
    line += 1 + row.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    return { line: begins, row: at, cells: row.map((cell) => cell.trim()) };
  });
}

const badQuotes = (errors) => new Set(errors.filter(({ type }) => type === "Quotes").map(({ row }) => row));

function readLines(lines, quotes, found) {
  const columns = columnsOf(lines[0], found);
  if (columns === null) return;
  const pairLines = lines.slice(columns.isNamed ? 1 : 0);
  if (pairLines.length === 0) found.add(null, "there is no pair below the names of the columns");
  if (pairLines.length > MOST_PAIRS) {
    found.add(null, `there are ${count(pairLines.length)} pairs, and at most ${count(MOST_PAIRS)} are answered at a time: split the list`);
    return;
  }
  for (const { line, row, cells } of pairLines) {
    const reason = quotes.has(row) ? NO_QUOTE_END : faultOf(cells, columns);
    if (reason !== null) found.add(line, reason);
    else found.pairs.push({ line, ...pairOf(cells, columns) });
  }
}

/** Where the ids are, by the names in the first line, else the first two columns. */
function columnsOf({ line, cells }, found) {
  const names = cells.map((cell) => cell.toLowerCase().replace(/[\s-]+/g, "_"));
  const places = KINDS.map((kind) => names.findIndex((name) => [kind, `${kind}_id`, `${kind}id`].includes(name)));
  if (places.every((place) => place >= 0)) {
    const others = cells.filter((_, at) => !places.includes(at));
    if (others.length) found.notes.push(`${plural(others.length, "column is", "columns are")} not used: ${others.slice(0, 5).join(", ")}${others.length > 5 ? " …" : ""}.`);
    return { isNamed: true, width: cells.length, store: places[0], product: places[1] };
  }
  const lacking = KINDS.filter((_, at) => places[at] < 0);
  if (lacking.length === 1) {
    found.add(line, `no column for the ${lacking[0]}: call it ${lacking[0].toUpperCase()}_ID`);
  } else if (cells.length === 1) {
    found.add(line, "one value where a store and a product are needed: separate them by comma, semicolon or tab");
  } else if (cells.length > 2) {
    found.add(line, `${cells.length} columns, and none is called STORE_ID or PRODUCT_ID: name them, or give only these two`);
  } else {
    found.notes.push("The first line does not name the columns STORE_ID and PRODUCT_ID, so it is taken as a pair: the store first, then the product.");
    return { isNamed: false, width: 2, store: 0, product: 1 };
  }
  return null;
}

function faultOf(cells, columns) {
  if (cells.slice(columns.width).some(Boolean)) return `${cells.length} values where ${columns.width} are expected`;
  const [without] = KINDS.filter((kind) => !cells[columns[kind]]);
  if (without) return `no ${without}`;
  const [long] = KINDS.filter((kind) => characters(cells[columns[kind]]) > MOST_CHARACTERS);
  return long ? `the ${long}’s id has more than ${MOST_CHARACTERS} characters` : null;
}

function pairOf(cells, columns) {
  const [store, product] = KINDS.map((kind) => cells[columns[kind]]);
  return { store, product, pair: { ...named("store", store), ...named("product", product) } };
}
