// Where people write: the text, what it answers or changes, and the commands that it may begin with.

import { element } from "./element.js";
import { gist } from "./message.js";
import { words } from "./words.js";

const by = (id) => document.getElementById(id);
const form = by("composer");
const text = by("text");
const list = by("commands");
const about = by("about");

let menu = [];
let selected = 0;
let target = null; // { kind: "reply" or "edit", message }
const drafts = new Map(); // what was begun in other chats

// ``send(text, target)`` throws when it was not taken; ``lastOwn`` is the message that the arrow up edits.
export function openComposer(send, lastOwn) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(send);
  });
  text.addEventListener("input", refresh);
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method is at work, and its Enter is not ours
    if (!list.hidden && chooseByKey(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit(send);
    } else if (event.key === "Escape" && target) aim(null);
    else if (event.key === "ArrowUp" && !text.value && lastOwn()) {
      event.preventDefault();
      aim({ kind: "edit", message: lastOwn() });
    }
  });
  text.addEventListener("blur", () => (list.hidden = true));
  by("about-end").addEventListener("click", () => aim(null));
  by("slash").addEventListener("click", () => {
    if (!text.value) text.value = "/";
    text.focus();
    refresh();
  });
  window.addEventListener("resize", refresh);
  refresh();
}

export function insert(piece) {
  text.setRangeText(piece, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  refresh();
}

export function setMenu(commands) {
  menu = commands;
}

// Another chat: what is written here waits until this chat is open again.
export function changeChat(from, to) {
  aim(null);
  drafts.set(from, text.value);
  text.value = drafts.get(to) ?? "";
  refresh();
}

// Answer or change a message; null: neither.
export function aim(next) {
  if (target?.kind === "edit" && next?.kind !== "edit") text.value = "";
  target = next;
  about.hidden = !next;
  if (next) {
    const { kind, message } = next;
    by("about-what").textContent = words(kind === "edit" ? "editing" : "replying", { name: message.from.first_name });
    by("about-text").textContent = gist(message).slice(0, 160);
    if (kind === "edit") text.value = message.text;
    text.focus();
  }
  refresh();
}

async function submit(send) {
  const written = text.value.trim();
  if (!written) return;
  const aimed = target;
  text.value = "";
  aim(null);
  try {
    await send(written, aimed);
  } catch {
    if (!text.value) {
      if (aimed) aim(aimed);
      text.value = written;
      refresh();
    }
  }
}

function refresh() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`; // with its borders
  by("send").disabled = !text.value.trim();
  suggest();
}

function matching() {
  const begun = /^\/(\w*)$/.exec(text.value)?.[1].toLowerCase();
  return begun === undefined || target?.kind === "edit" ? [] : menu.filter(({ command }) => command.startsWith(begun));
}

function suggest() {
  const found = matching();
  selected = Math.min(selected, Math.max(0, found.length - 1));
  list.hidden = !found.length || document.activeElement !== text;
  text.setAttribute("aria-expanded", String(!list.hidden));
  if (list.hidden) {
    selected = 0;
    text.removeAttribute("aria-activedescendant");
    return;
  }
  list.replaceChildren(
    ...found.map(({ command, description }, index) =>
      element(
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
      ),
    ),
  );
  text.setAttribute("aria-activedescendant", `command-${selected}`);
  list.children[selected].scrollIntoView({ block: "nearest" });
}

function complete(command) {
  text.value = `/${command} `;
  refresh();
}

function chooseByKey(event) {
  const found = matching();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    selected = (selected + step + found.length) % found.length;
    suggest();
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
