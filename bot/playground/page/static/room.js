// The messages of one chat, kept in step with the world; the reader's place is kept too.

import { element, ask } from "./element.js";
import { draftRow, messageRow } from "./message.js";
import { day, words } from "./words.js";

const AT_END = 48; // pixels from the end that still count as reading along
const by = (id) => document.getElementById(id);
const scroller = by("scroller");
const list = by("messages");

let shown = new Map(); // message id -> { message, row }
let view = ""; // whose view of which chat, in which language
let draft = null; // { id, given, row, show }
let readsAlong = true;

scroller.addEventListener("scroll", () => {
  readsAlong = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < AT_END;
  by("newest").hidden = readsAlong;
});
by("newest").addEventListener("click", followNewest);
new ResizeObserver(() => readsAlong && toEnd()).observe(scroller);

export function followNewest() {
  readsAlong = true;
  toEnd();
}

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  by("newest").hidden = true;
}

export function drawRoom(chat, person, bot, language) {
  if (view !== `${person.id} ${chat.id} ${language}`) {
    view = `${person.id} ${chat.id} ${language}`;
    shown = new Map();
    list.replaceChildren();
    forgetDraft();
    readsAlong = true;
  }
  drawMessages(chat, person);
  drawDraft(chat, bot);
  drawWelcome(chat);
  if (readsAlong) toEnd();
}

function drawMessages(chat, person) {
  for (const [id, { row }] of shown) {
    if (chat.messages.has(id)) continue;
    row.remove();
    shown.delete(id);
  }
  let before = null;
  for (const [id, message] of chat.messages) {
    const old = shown.get(id);
    if (old?.message !== message) {
      const row = messageRow(message, person.id);
      if (old) replace(old.row, row);
      else list.append(row);
      shown.set(id, { message, row });
    }
    arrange(shown.get(id).row, message, before);
    before = message;
  }
}

// An edited message keeps the focus on the button that was pressed, and what was unfolded.
function replace(old, row) {
  const hadFocus = old.contains(document.activeElement);
  const focused = document.activeElement.dataset.key ?? "";
  const unfolded = [...old.querySelectorAll("details")].map((node) => node.open);
  old.replaceWith(row);
  row.querySelectorAll("details").forEach((node, index) => (node.open = unfolded[index] ?? node.open));
  if (hadFocus) (row.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? row).focus({ preventScroll: true });
}

function arrange(row, message, before) {
  const isNewDay = !before || day(before.date) !== day(message.date);
  if (isNewDay) row.dataset.day = day(message.date);
  else delete row.dataset.day;
  row.classList.toggle("follows", !isNewDay && before.from.id === message.from.id && message.date - before.date < 300);
}

function drawDraft(chat, bot) {
  if (!chat.draft) return forgetDraft();
  if (draft?.id !== chat.draft.id) {
    forgetDraft();
    draft = { id: chat.draft.id, ...draftRow(bot) };
    by("draft").append(draft.row);
  }
  if (draft.given !== chat.draft) draft.show(chat.draft);
  draft.given = chat.draft;
}

function forgetDraft() {
  by("draft").replaceChildren();
  draft = null;
}

function drawWelcome(chat) {
  const welcome = by("welcome");
  welcome.hidden = chat.messages.size > 0;
  if (welcome.hidden || welcome.dataset.view === view) return;
  welcome.dataset.view = view;
  const example = (text) => element("button", { type: "button", click: () => ask(welcome, "saytext", text) }, text);
  welcome.replaceChildren(
    element("h3", {}, words("welcome")),
    element("p", {}, words("welcome_text")),
    element("div", { class: "examples" }, ...words("examples").map(example)),
  );
}

export function showMessage(id) {
  const row = shown.get(id)?.row;
  if (!row) return;
  row.scrollIntoView({ block: "center", behavior: "smooth" });
  row.classList.remove("found");
  requestAnimationFrame(() => row.classList.add("found"));
}
