/* A list in requests that keep the service's limits. */

const MOST_PAIRS = 2_000;
const limit = (name) => Number(document.querySelector(`meta[name=${name}]`).content);
const bytes = new TextEncoder();

/**
 * Requests for pairs, {pairs, body} each: as many pairs and bytes as the service takes at a time, and no more than 2,000
 * pairs. dateOf: the date to ask for, when a request is made; null is today.
 */
export function* batches(pairs, dateOf) {
  const mostPairs = Math.min(MOST_PAIRS, limit("max-pairs"));
  const room = limit("max-body-bytes") - requestOf([], "0000-00-00").length;
  let taken = [];
  let texts = [];
  let size = 0;
  for (const pair of pairs) {
    const text = JSON.stringify(pair.pair);
    const length = bytes.encode(text).length + 1;
    if (taken.length > 0 && (taken.length === mostPairs || size + length > room)) {
      yield { pairs: taken, body: requestOf(texts, dateOf()) };
      [taken, texts, size] = [[], [], 0];
    }
    taken.push(pair);
    texts.push(text);
    size += length;
  }
  if (taken.length > 0) yield { pairs: taken, body: requestOf(texts, dateOf()) };
}

const requestOf = (texts, date) => `{"input":[${texts.join()}],"date":${JSON.stringify(date)},"shown":true}`;
