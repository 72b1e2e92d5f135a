/* Asks the service, and waits for it where it is not ready. */

import { tellWaiting, tellReady } from "./notice.js";

const ROOT = new URL("../../", import.meta.url);
const RETRY_MS = 3000;

/** An answer that is no success: its status, what it says, and the request's id in the service's log. */
export class Refused extends Error {
  constructor(status, body, requestId) {
    super(`the service answered ${status}`);
    Object.assign(this, { status, body, requestId });
  }
}

/**
 * The JSON of an answer. Where the service is not ready or not reached, this is told, and it is asked again every few
 * seconds; with `waits` false it is refused.
 */
export async function ask(path, { query = null, body = null, signal = null, waits = true, isReady = () => true } = {}) {
  for (;;) {
    const answer = await askOnce(path, query, body, signal);
    const isWaiting = answer.status === 503 || (answer.ok && !isReady(answer.body));
    if (!isWaiting || !waits) {
      if (!answer.ok) throw new Refused(answer.status, answer.body, answer.requestId);
      tellReady();
      return answer.body;
    }
    tellWaiting(answer.body?.detail);
    await pause(RETRY_MS, signal);
  }
}

async function askOnce(path, query, body, signal) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query ?? {})) if (value !== null) url.searchParams.set(name, value);
  const method = body === null ? "GET" : "POST";
  const headers = body === null ? {} : { "Content-Type": "application/json" };
  let response;
  let text;
  try {
    response = await fetch(url, { method, body, headers, signal });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ok: false, status: 503, body: { detail: "the service cannot be reached" }, requestId: null };
  }
  return { ok: response.ok, status: response.status, body: parsed(text), requestId: response.headers.get("X-Request-ID") };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
