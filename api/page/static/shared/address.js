/* The question in the page's address, so that a link can be shared and a reload asks the same. */

const NAMES = ["store_id", "store", "product_id", "product", "date"];

/** What the address asks: ids as text, the date, and whether it is a list. */
export function readAddress() {
  const parameters = new URLSearchParams(location.search);
  const get = (name) => parameters.get(name);
  return {
    isTable: get("mode") === "table",
    store: get("store_id") ?? get("store") ?? "",
    product: get("product_id") ?? get("product") ?? "",
    pair: Object.fromEntries(NAMES.slice(0, -1).filter((name) => get(name)).map((name) => [name, get(name)])),
    date: get("date"),
  };
}

/** Puts a question into the address. */
export function writeAddress(question) {
  const parameters = new URLSearchParams(Object.entries(question).filter(([, value]) => value !== null));
  const search = parameters.size ? `?${parameters}` : "";
  if (search !== location.search) history.pushState(null, "", search || location.pathname);
}
