/* Puts the page together: the two ways to ask, and the model that answers. */

import { readAddress, writeAddress } from "./shared/address.js";
import { byId } from "./shared/dom.js";
import { fillDate } from "./shared/date_field.js";
import { tabs } from "./shared/tabs.js";
import { today } from "./shared/words.js";
import { startModel } from "./pair/model.js";
import { startPair } from "./pair/pair.js";

const model = startModel();
const pair = startPair({ onAnswered: model.follow });
let table = null;

const choose = tabs(document.querySelector("[role=tablist]"), (panel) => {
  writeAddress(panel === "table" ? { mode: "table" } : pair.question());
  if (panel === "table") startTable();
});

function startTable() {
  table ??= import("./table/table.js").then(({ startList }) => startList({ onAnswered: model.follow }));
}

function followAddress() {
  const asked = readAddress();
  choose(asked.isTable ? "table" : "pair");
  if (asked.isTable) startTable();
  pair.show(asked);
}

document.querySelector(".skip").addEventListener("click", () => byId("main").focus());
addEventListener("popstate", followAddress);
fillDate("date", today());
fillDate("table-date", today());
followAddress();
