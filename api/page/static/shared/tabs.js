/* Two panels behind tabs: arrow keys, Home and End move between them. */

/** Shows the panel of a tab when it is chosen; returns what chooses one by its panel's id. */
export function tabs(list, onChosen) {
  const all = [...list.querySelectorAll("[role=tab]")];
  const choose = (panel) => {
    for (const tab of all) {
      const isChosen = tab.getAttribute("aria-controls") === panel;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
  };
  const choosing = (tab) => {
    choose(tab.getAttribute("aria-controls"));
    onChosen(tab.getAttribute("aria-controls"));
  };
  for (const tab of all) tab.addEventListener("click", () => choosing(tab));
  list.addEventListener("keydown", (event) => {
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = all.at(to % all.length);
    tab.focus();
    choosing(tab);
  });
  return choose;
}
