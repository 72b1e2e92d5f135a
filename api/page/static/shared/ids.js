/* Stores and products: named by a number, or by the text that is their id in the files. */

export const MAX_ID = 2 ** 31 - 1;
export const MOST_CHARACTERS = 64;

/** What a request names a store or a product by. */
export function named(kind, id) {
  const isNumber = /^[1-9][0-9]{0,9}$/.test(id) && Number(id) <= MAX_ID;
  return isNumber ? { [`${kind}_id`]: Number(id) } : { [kind]: id };
}

/** The id that people know, of an answer or of a question. */
export const labelOf = (kind, record) => record[kind] ?? String(record[`${kind}_id`]);

/** How many characters an id has, as the service counts them. */
export const characters = (id) => [...id].length;
