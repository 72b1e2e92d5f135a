/* Elements made of text: nothing that comes from outside is ever read as HTML. */

export const byId = (id) => document.getElementById(id);

/** An element with attributes; children are elements or text, and null ones are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** A description list of [term, description] rows, without those that have no description. */
export function facts(rows) {
  const told = rows.filter(([, description]) => description !== null && description !== undefined);
  return element("dl", { class: "facts" }, told.flatMap(([term, description]) => [
    element("dt", {}, term),
    element("dd", {}, description),
  ]));
}

/** Marks a field as faulty with its reason, or as good without one. */
export function tellFault(input, fault, reason) {
  fault.textContent = reason ?? "";
  fault.hidden = reason === null;
  if (reason === null) input.removeAttribute("aria-invalid");
  else input.setAttribute("aria-invalid", "true");
}
