/* The text of a file, in the encodings that spreadsheets write. */

const MOST_BYTES = 20_000_000;
const MOST_MEGABYTES = MOST_BYTES / 1_000_000;

/** A file that is no list of pairs: why, and what to do. */
export class UnreadableFile extends Error {}

/** The text of a file: UTF-8 or UTF-16 where it says so, else UTF-8 where it is, else Windows-1252. */
export async function textOf(file) {
  if (file.size > MOST_BYTES) throw new UnreadableFile(`the file is larger than ${MOST_MEGABYTES} MB: split it`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new UnreadableFile("the file is a workbook or an archive: save the sheet as CSV, and choose that");
  }
  const text = decoded(bytes);
  if (text.includes("\u0000")) throw new UnreadableFile("the file is no text: choose a CSV file");
  return text;
}

function decoded(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
