// Switches for what can go wrong.

import { element } from "./element.js";
import { say } from "./workshop_words.js";

let shown = ""; // a switch that is being pressed must stay the same element

export function drawFaults(place, { switches }, act) {
  const now = JSON.stringify(switches);
  if (place.firstChild && shown === now) return;
  shown = now;
  const focused = document.activeElement?.id;
  const groups = ["upstream", "telegram"].map((side) => {
    const names = Object.keys(switches).filter((name) => name.startsWith(side));
    const rows = names.length ? names.map((name) => row(name, switches[name], act)) : [element("p", { class: "small" }, say("real"))];
    return element("fieldset", {}, element("legend", {}, say(`of_${side}`)), ...rows);
  });
  place.replaceChildren(element("p", { class: "small" }, say("faults_hint")), ...groups);
  if (focused?.startsWith("switch-")) document.getElementById(focused)?.focus({ preventScroll: true });
}

function row(name, isOn, act) {
  const [title, about] = say("switches")[name];
  const change = async ({ target }) => {
    if (!(await act("switch", { name, on: target.checked }))) target.checked = isOn;
  };
  const box = element("input", { type: "checkbox", role: "switch", id: `switch-${name}`, checked: isOn, change });
  return element("label", { class: "switch" }, box, element("span", {}, element("strong", {}, title), element("span", { class: "small" }, about)));
}
