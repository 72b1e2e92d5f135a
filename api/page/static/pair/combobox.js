/* A field with a list that typing narrows, by the ARIA combobox pattern; what the list lacks can be typed all the same. */

import { element, tellFault } from "../shared/dom.js";

const PAUSE_MS = 120;

/**
 * find: the first choices that begin with a text, {id, named} each, and whether there are more.
 * kind: "store" or "product".
 */
export class Combobox {
  #input;
  #list;
  #choicesBox;
  #found;
  #fault;
  #find;
  #kind;
  #choices = [];
  #at = -1;
  #chosen = null;
  #timer = null;
  #asking = null;

  constructor(field, kind, find) {
    this.#kind = kind;
    this.#find = find;
    this.#input = field.querySelector("input");
    this.#list = field.querySelector("[role=listbox]");
    this.#choicesBox = field.querySelector(".choices");
    this.#found = field.querySelector(".found");
    this.#fault = field.querySelector(".fault");
    this.#input.addEventListener("input", () => {
      this.#chosen = null;
      this.tellFault(null);
      this.#search(PAUSE_MS);
    });
    this.#input.addEventListener("click", () => this.#search(0));
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#input.addEventListener("blur", () => this.#close());
    // The field keeps the focus while the list is pressed on.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose([...this.#list.children].indexOf(option));
    });
  }

  get text() {
    return this.#input.value.trim();
  }

  /** Fills in an id, and what a request names it by where that is known. */
  fill(id, chosen = null) {
    this.#close();
    this.#input.value = id;
    this.#chosen = chosen;
    this.tellFault(null);
  }

  /** What a request names the choice by; null where nothing that was found has just this id. */
  async choice(signal) {
    if (this.#chosen) return this.#chosen;
    const { choices } = await this.#find(this.text, signal);
    return choices.find(({ id }) => id === this.text)?.named ?? null;
  }

  tellFault(reason) {
    tellFault(this.#input, this.#fault, reason);
  }

  focus() {
    this.#input.focus();
  }

  #search(delay) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.#timer = setTimeout(async () => {
      // A chosen id would find itself alone: then the list begins from the start.
      const found = await this.#find(this.#chosen ? "" : this.text, signal).catch(() => null);
      if (!signal.aborted && found && document.activeElement === this.#input) this.#open(found);
    }, delay);
  }

  #open({ choices, hasMore }) {
    const before = this.#choices[this.#at]?.id;
    this.#choices = choices;
    this.#list.replaceChildren(...choices.map(({ id }, at) => (
      element("li", { role: "option", id: `${this.#list.id}-${at}`, "aria-selected": "false" }, id)
    )));
    this.#list.hidden = choices.length === 0;
    this.#choicesBox.querySelector("p")?.remove();
    const words = this.#foundInWords(hasMore);
    if (hasMore || choices.length === 0) this.#choicesBox.append(element("p", { "aria-hidden": "true" }, words));
    this.#choicesBox.hidden = false;
    this.#found.textContent = words;
    this.#input.setAttribute("aria-expanded", String(choices.length > 0));
    // A choice that the keys have come to stays, where it is still in the list.
    this.#activate(choices.findIndex(({ id }) => id === before));
  }

  #foundInWords(hasMore) {
    const number = this.#choices.length;
    if (number === 0) return this.text ? `No ${this.#kind} begins with “${this.text}”.` : `There are no ${this.#kind}s.`;
    if (hasMore) return `The first ${number}; type on to narrow them down.`;
    return number === 1 ? `One ${this.#kind}.` : `${number} ${this.#kind}s.`;
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#choicesBox.hidden = true;
    this.#found.textContent = "";
    this.#input.setAttribute("aria-expanded", "false");
    this.#activate(-1);
  }

  #choose(at) {
    const { id, named } = this.#choices[at];
    this.fill(id, named);
  }

  #onKey(event) {
    const isOpen = !this.#choicesBox.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isOpen) this.#move(event.key === "ArrowDown" ? 1 : -1);
      else this.#search(0);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.#close();
    } else if (event.key === "Enter" && isOpen && this.#at >= 0) {
      event.preventDefault();
      this.#choose(this.#at);
    } else if (event.key === "Enter") {
      this.#close();
    }
  }

  #move(by) {
    const number = this.#choices.length;
    const from = this.#at < 0 && by < 0 ? 0 : this.#at;
    if (number > 0) this.#activate((from + by + number) % number);
  }

  /** Moves the keys' mark to a choice, or takes it away at -1. */
  #activate(at) {
    this.#at = at;
    for (const [place, option] of [...this.#list.children].entries()) option.setAttribute("aria-selected", String(place === at));
    const option = this.#list.children[at];
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.#input.setAttribute("aria-activedescendant", option.id);
    else this.#input.removeAttribute("aria-activedescendant");
  }
}
