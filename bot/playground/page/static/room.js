// The messages of one chat or topic, kept in step with the world; the reader's place is kept too.

import { draftRow } from "./draft.js";
import { ask, element, reveal } from "./element.js";
import { isService, messageRow } from "./message.js";
import { day, words } from "./words.js";

const AT_END = 48; // pixels from the end that still count as reading along
const TOGETHER = 300; // seconds within which messages of the same author belong together
const by = (id) => document.getElementById(id);
const scroller = by("scroller");
const list = by("messages");

let shown = new Map(); // key -> { messages, row }
let view = ""; // whose view of which place, in which language
let draft = null; // { id, given, row, show }
let readsAlong = true;

scroller.addEventListener("scroll", () => {
  readsAlong = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
  by("newest").hidden = readsAlong;
});
by("newest").addEventListener("click", followNewest);
new ResizeObserver(() => readsAlong && toEnd()).observe(scroller);
list.addEventListener("keydown", walk);

export function followNewest() {
  readsAlong = true;
  toEnd();
}

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  by("newest").hidden = true;
}

// ``seen``: pairs of key and message, ``growing`` the draft below them, ``isThreaded`` whether writing opens a topic.
export function drawRoom(name, seen, growing, person, bot, isThreaded) {
  if (view !== name) {
    view = name;
    shown = new Map();
    list.replaceChildren();
    forgetDraft();
    readsAlong = true;
  }
  drawMessages(entries(seen), person);
  drawDraft(growing, bot);
  drawWelcome(seen.length > 0 || growing, isThreaded);
  if (readsAlong) toEnd();
}

export const messagesOf = (row) => [...shown.values()].find((each) => each.row === row)?.messages ?? [];

// Messages of one album that follow each other are one entry.
function entries(seen) {
  const found = new Map();
  let album;
  for (const [key, message] of seen) {
    if (message.media_group_id && message.media_group_id === album?.id) album.messages.push(message);
    else {
      const messages = [message];
      found.set(key, messages);
      album = message.media_group_id ? { id: message.media_group_id, messages } : undefined;
    }
  }
  return found;
}

const isSame = (one, other) => one.length === other.length && one.every((each, index) => each === other[index]);

function drawMessages(wanted, person) {
  for (const [key, { row }] of shown) {
    if (wanted.has(key)) continue;
    row.remove();
    shown.delete(key);
  }
  let before = null;
  for (const [key, messages] of wanted) {
    const old = shown.get(key);
    if (!old || !isSame(old.messages, messages)) {
      const row = messageRow(messages, person.id);
      if (old) replace(old.row, row);
      else list.append(row);
      shown.set(key, { messages, row });
    }
    arrange(shown.get(key).row, messages[0], before);
    before = messages[0];
  }
  if (!list.querySelector('[tabindex="0"]') && list.lastElementChild) list.lastElementChild.tabIndex = 0;
}

// An edited message keeps the focus on the button that was pressed, and what was unfolded.
function replace(old, row) {
  const hadFocus = old.contains(document.activeElement);
  const focused = document.activeElement.dataset.key ?? "";
  const unfolded = [...old.querySelectorAll("details")].map((node) => node.open);
  row.tabIndex = old.tabIndex;
  old.replaceWith(row);
  row.querySelectorAll("details").forEach((node, index) => (node.open = unfolded[index] ?? node.open));
  if (hadFocus) (row.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? row).focus({ preventScroll: true });
}

function arrange(row, message, before) {
  const isNewDay = !before || day(before.date) !== day(message.date);
  if (isNewDay) row.dataset.day = day(message.date);
  else delete row.dataset.day;
  const isNear = !isNewDay && !isService(before) && before.from.id === message.from.id && message.date - before.date < TOGETHER;
  row.classList.toggle("follows", isNear);
}

function drawDraft(given, bot) {
  if (!given) return forgetDraft();
  if (draft?.id !== given.id) {
    forgetDraft();
    draft = { id: given.id, ...draftRow(bot) };
    by("draft").append(draft.row);
  }
  if (draft.given !== given) draft.show(given);
  draft.given = given;
}

function forgetDraft() {
  by("draft").replaceChildren();
  draft = null;
}

function drawWelcome(hasMessages, isThreaded) {
  const welcome = by("welcome");
  welcome.hidden = hasMessages;
  const state = `${view} ${isThreaded}`;
  if (welcome.hidden || welcome.dataset.state === state) return;
  welcome.dataset.state = state;
  const example = (text) => element("button", { type: "button", click: () => ask(welcome, "saytext", text) }, text);
  welcome.replaceChildren(
    element("h3", {}, words("welcome")),
    ...(isThreaded ? [element("p", {}, words("welcome_topics"))] : []),
    element("p", {}, words("welcome_text")),
    element("div", { class: "examples" }, ...words("examples").map(example)),
  );
}

export function showMessage(id) {
  const node = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (!node) return false;
  const row = node.closest(".row");
  readsAlong = false;
  reveal(node);
  row.classList.remove("found");
  requestAnimationFrame(() => row.classList.add("found"));
  focusRow(row);
  return true;
}

export function focusNewest() {
  if (list.lastElementChild) focusRow(list.lastElementChild);
}

function focusRow(row) {
  for (const node of list.querySelectorAll('.row[tabindex="0"]')) node.tabIndex = -1;
  row.tabIndex = 0;
  row.focus({ preventScroll: true });
}

// The arrows walk from message to message; one of them is in the order of Tab.
function walk(event) {
  const row = event.target;
  if (!row.matches(".row") || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling, Home: list.firstElementChild, End: list.lastElementChild }[event.key];
  if (!next) return;
  event.preventDefault();
  focusRow(next);
  next.scrollIntoView({ block: "nearest" });
}
