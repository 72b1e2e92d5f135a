/* The notice above everything: why the service does not answer yet. */

import { byId, element } from "./dom.js";

/** Tells what the service waits for; unchanged words are not told again. */
export function tellWaiting(detail) {
  const notice = byId("notice");
  const reason = detail ?? "it gives no reason";
  if (!notice.hidden && notice.dataset.reason === reason) return;
  notice.dataset.reason = reason;
  notice.replaceChildren(
    element("strong", {}, "The service cannot answer yet. "),
    element("span", {}, "The reason it gives: ", withCode(reason), ". "),
    element("span", {}, "This page asks again every few seconds and goes on by itself."),
  );
  notice.hidden = false;
}

/** What stands between back quotes is a command. */
const withCode = (text) => text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));

/** Takes the notice away. */
export function tellReady() {
  byId("notice").hidden = true;
}
