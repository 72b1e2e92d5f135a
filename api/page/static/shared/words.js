/* Numbers, dates and statuses in words. */

const DATE = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const LIST = new Intl.ListFormat("en-GB", { type: "disjunction" });

export const dateInWords = (date) => DATE.format(new Date(`${date}T00:00:00Z`));
export const shortDate = (date) => SHORT.format(new Date(`${date}T00:00:00Z`));
export const timeInWords = (time) => TIME.format(new Date(time));
export const count = (number) => number.toLocaleString("en");
export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
export const cases = (number) => plural(number, "case", "cases");
export const percent = (share) => `${Math.round(share * 100)} %`;
export const oneOf = (numbers) => LIST.format(numbers.map(count));

/** The range that four of five orders fall into. */
export function rangeInWords(low, high) {
  if (low === high) return `four of five orders are of ${cases(low)}`;
  return `four of five orders lie between ${count(low)} and ${cases(high)}`;
}

const STATUSES = {
  ok: { short: "ordered before", long: "This store has ordered this product before." },
  cold_start: {
    short: "never ordered together",
    long: "This store has never ordered this product: the quantity is estimated from similar stores and products.",
  },
  unknown_store: { short: "store not known", long: "The store is not known, so there is no quantity." },
  unknown_product: { short: "product not known", long: "The product is not known, so there is no quantity." },
};

export const STATUS_NAMES = Object.keys(STATUSES);
export const statusInShort = (status) => STATUSES[status]?.short ?? status;
export const statusInWords = (status) => STATUSES[status]?.long ?? status;

/** The day that this browser is on, as YYYY-MM-DD. */
export function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
