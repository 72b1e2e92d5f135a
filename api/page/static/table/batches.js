/* A list in requests that keep the service's limits. */

const MOST_PAIRS = 2_000;
const limit = (name) => Number(document.querySelector(`meta[name=${name}]`).content);
const bytes = new TextEncoder();

/** Requests for pairs, {pairs, body} each: so many pairs and bytes as the service takes at a time, and no more than 2,000 pairs. */
export function* batches(pairs, date) {
  const mostPairs = Math.min(MOST_PAIRS, limit("max-pairs"));
  const end = `],"date":${JSON.stringify(date)},"shown":true}`;
  const room = limit("max-body-bytes") - '{"input":['.length - end.length;
  let taken = [];
  let texts = [];
  let size = 0;
  for (const pair of pairs) {
    const text = JSON.stringify(pair.pair);
    const length = bytes.encode(text).length + 1;
    if (taken.length > 0 && (taken.length === mostPairs || size + length > room)) {
      yield { pairs: taken, body: `{"input":[${texts.join()}${end}` };
      [taken, texts, size] = [[], [], 0];
    }
    taken.push(pair);
    texts.push(text);
    size += length;
  }
  if (taken.length > 0) yield { pairs: taken, body: `{"input":[${texts.join()}${end}` };
}
