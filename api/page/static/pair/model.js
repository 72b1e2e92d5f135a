/* Which model answers, how old its features are, and how right it has been. */

import { byId, element, facts } from "../shared/dom.js";
import { faultsOf } from "../shared/faults.js";
import { ask } from "../shared/service.js";
import { count, percent, shortDate, timeInWords } from "../shared/words.js";

/** Shows the model, as soon as there is one, and again when a prediction is another's. */
export function startModel() {
  let shown = null;

  async function show() {
    try {
      const report = await ask("quantity/model", { isReady: ({ detail }) => detail === null });
      shown = identity(report.version, report.features.as_of);
      tell(facts(rows(report)));
    } catch (error) {
      tell(element("p", { class: "quiet" }, `The model cannot be described: ${faultsOf(error).faults[0].reason}.`));
    }
  }

  show();
  return {
    follow({ model, as_of: asOf }) {
      if (shown !== null && shown !== identity(model.version, asOf)) show();
    },
  };
}

const identity = (version, asOf) => `${version} ${asOf}`;

function tell(content) {
  byId("model").replaceChildren(element("h2", { id: "model-title" }, "What answers"), content);
  byId("model").hidden = false;
}

function rows({ version, trained_at: trainedAt, features, live }) {
  return [
    ["Orders known", `before ${shortDate(features.as_of)}; taken in ${timeInWords(features.created_at)}`],
    ["Stores and products", `${count(features.stores)} stores, ${count(features.products)} products`],
    ["Model", `version ${version}, trained ${timeInWords(trainedAt)}`],
    ["How right it has been", live.some(tells) ? live.filter(tells).map((window) => element("p", {}, accuracy(window))) : "Not known yet: no orders have come since that it answered."],
  ];
}

const tells = ({ orders, coverage, bias }) => orders > 0 && (coverage !== null || bias !== null);

function accuracy({ source, days, until, orders, coverage, bias }) {
  const which = source === "asked" ? "orders that were asked about" : "orders, asked about or not,";
  const range = coverage === null ? null : `${percent(coverage)} fell into the range`;
  const sums = bias === null ? null : `the quantities added up to ${biasInWords(bias)}`;
  return `In the last ${count(days)} scored days, up to ${shortDate(until)}, of ${count(orders)} ${which} ${[range, sums].filter(Boolean).join("; ")}.`;
}

function biasInWords(bias) {
  if (Math.round(Math.abs(bias) * 100) === 0) return "what was ordered";
  return `${percent(Math.abs(bias))} ${bias > 0 ? "more" : "less"} than was ordered`;
}
