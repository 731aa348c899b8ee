// The commands that a text may begin with, offered as they are typed.

import { element } from "./element.js";

const list = document.getElementById("commands");

let menu = [];
let selected = 0;
let text = null;
let changed = () => {};

// ``whenChosen`` is called after a command was put into the field.
export function openCompletion(field, whenChosen) {
  text = field;
  changed = whenChosen;
  text.addEventListener("blur", () => (list.hidden = true));
}

export function setMenu(commands) {
  menu = commands;
}

function matching() {
  const begun = /^\/(\w*)$/.exec(text.value)?.[1].toLowerCase();
  return begun === undefined ? [] : menu.filter(({ command }) => command.startsWith(begun));
}

export function suggest(isAllowed) {
  const found = isAllowed ? matching() : [];
  selected = Math.min(selected, Math.max(0, found.length - 1));
  list.hidden = !found.length || document.activeElement !== text;
  if (list.hidden) {
    selected = 0;
    text.removeAttribute("aria-activedescendant");
    return;
  }
  list.replaceChildren(...found.map(option));
  text.setAttribute("aria-activedescendant", `command-${selected}`);
  list.children[selected].scrollIntoView({ block: "nearest" });
}

function option({ command, description }, index) {
  return element(
    "div",
    {
      id: `command-${index}`,
      role: "option",
      "aria-selected": String(index === selected),
      mousedown: (event) => event.preventDefault(), // the focus stays in the text
      click: () => complete(command),
    },
    element("strong", {}, `/${command}`),
    element("span", {}, description),
  );
}

function complete(command) {
  text.value = `/${command} `;
  changed();
}

// Whether the key was for the list.
export function chooseByKey(event) {
  if (list.hidden) return false;
  const found = matching();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    selected = (selected + step + found.length) % found.length;
    suggest(true);
    return true;
  }
  if (event.key === "Escape") {
    list.hidden = true;
    return true;
  }
  const isWhole = text.value === `/${found[selected].command}`;
  if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey && !isWhole)) {
    complete(found[selected].command);
    return true;
  }
  return false;
}
