/* The pair's past orders, its usual quantities and packs. */

import { byId, element, facts } from "../shared/dom.js";
import { faultsOf } from "../shared/faults.js";
import { labelOf } from "../shared/ids.js";
import { ask } from "../shared/service.js";
import { cases, count, oneOf, plural, shortDate } from "../shared/words.js";
import { OrderChart } from "./chart.js";

let chart = null;

export function hideHistory() {
  chart?.destroy();
  chart = null;
  byId("history").hidden = true;
}

/** Asks for a pair's history and shows it with the prediction; a failure is told in its place. */
export async function showHistory({ pair, date, item }, signal) {
  let shown;
  try {
    const query = { store_id: labelOf("store", pair), product_id: labelOf("product", pair), date };
    const history = await ask("quantity/history", { query, signal });
    shown = [...orders(history, item), facts(usual(history))];
  } catch (error) {
    if (signal.aborted) throw error;
    shown = [element("p", { class: "quiet" }, `Past orders cannot be shown: ${faultsOf(error).faults[0].reason}.`)];
  }
  hideHistory();
  const title = element("h2", { id: "history-title" }, "Past orders");
  byId("history").replaceChildren(title, ...shown);
  byId("history").hidden = false;
  const place = byId("history").querySelector(".chart");
  if (place) await drawChart(place, byId("history").querySelector(".pointed"), signal);
}

/** Draws the chart; where that fails, all else stands. */
async function drawChart(place, pointed, signal) {
  try {
    const drawn = await OrderChart.draw(place, pointed, place.question);
    if (signal.aborted) drawn.destroy();
    else chart = drawn;
  } catch (error) {
    pointed.textContent = `The chart cannot be drawn: ${error.message}. The table has its orders.`;
  }
}

function orders(history, item) {
  if (history.orders === null) return [element("p", { class: "quiet" }, `There is no chart: ${history.detail}.`)];
  if (history.orders.length === 0) return [element("p", {}, "This store has not ordered this product yet.")];
  const place = element("div", { class: "chart", role: "img", "aria-label": chartInWords(history, item) });
  place.question = { orders: history.orders, date: history.date, item };
  return [place, key(), element("p", { class: "pointed quiet", "aria-hidden": "true" }), table(history.orders)];
}

function chartInWords({ orders: past, date }, item) {
  const last = past.at(-1);
  return `Chart of the last ${plural(past.length, "order", "orders")}, the newest ${cases(last.quantity)} on ${shortDate(last.date)}. `
    + `At the end the ${cases(item.quantity)} expected on ${shortDate(date)}, range ${count(item.low)} to ${count(item.high)}.`;
}

function key() {
  const mark = (name) => element("i", { class: name, "aria-hidden": "true" });
  return element("p", { class: "key" },
    element("span", {}, mark("ordered"), "ordered, cases"),
    element("span", {}, mark("predicted"), "expected"),
    element("span", {}, mark("range"), "its range"));
}

function table(past) {
  const rows = past.toReversed().map((order) => element("tr", {},
    element("td", {}, shortDate(order.date)),
    element("td", { class: "number" }, count(order.quantity))));
  const head = element("tr", {}, element("th", { scope: "col" }, "Date"), element("th", { scope: "col", class: "number" }, "Cases"));
  return element("details", {},
    element("summary", {}, `These ${plural(past.length, "order", "orders")} as a table`),
    element("div", { class: "scroll orders", tabindex: "0", role: "region", "aria-label": "Past orders" },
      element("table", {}, element("thead", {}, head), element("tbody", {}, rows))));
}

function usual({ usual: { pair, product, store }, packs }) {
  const most = (number) => (number === null ? null : cases(number));
  return [
    ["Usual packs", packs.length ? `The product is ordered in ${oneOf(packs)} cases.` : "None stand out among its orders."],
    ["Most frequent order", most(pair) ?? "none yet"],
    ["… of the product, in all stores", most(product)],
    ["… of the store, of all products", most(store)],
  ];
}
