// Where people write: the text, its pictures, and what it answers or changes.

import { chooseByKey, openCompletion, suggest } from "./completion.js";
import { recall, remember } from "./memory.js";
import { gist } from "./message.js";
import { openPictures, pictures, setPictures } from "./pictures.js";
import { words } from "./words.js";

const by = (id) => document.getElementById(id);
const form = by("composer");
const text = by("text");
const about = by("about");

let here = "";
let target = null; // { kind: "reply" or "edit", message, placeholder }
let placeholder = "";
const begun = new Map(); // what waits elsewhere: { target, pictures }

// ``send(text, target, pictures)`` throws when it was not taken; ``lastOwn`` is the message that the arrow up edits.
export function openComposer(send, lastOwn) {
  openCompletion(text, refresh);
  openPictures(by("room"), text, refresh);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(send);
  });
  text.addEventListener("input", refresh);
  text.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return; // an input method is at work, and its Enter is not ours
    if (chooseByKey(event)) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit(send);
    } else if (event.key === "Escape" && target) aim(null);
    else if (event.key === "ArrowUp" && !text.value && lastOwn()) {
      event.preventDefault();
      aim({ kind: "edit", message: lastOwn() });
    }
  });
  by("about-end").addEventListener("click", () => aim(null));
  by("slash").addEventListener("click", () => {
    if (!text.value) text.value = "/";
    text.focus();
    refresh();
  });
  window.addEventListener("resize", refresh);
  window.addEventListener("pagehide", leave);
  refresh();
}

export function insert(piece) {
  text.setRangeText(piece, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  refresh();
}

export const isIdle = () => !text.value && !target;

export function setPlaceholder(words) {
  placeholder = words;
  refreshPlaceholder();
}

// Where one writes now. What was begun elsewhere waits there; texts wait for a reload too.
export function writeIn(place) {
  if (place === here) return;
  if (here) leave();
  here = place;
  const { target: aimed = null, pictures: waiting = [] } = begun.get(here) ?? {};
  text.value = recall(`text ${here}`, "sessionStorage") ?? "";
  target = aimed;
  setPictures(waiting);
  drawTarget();
  refresh();
}

function leave() {
  const isEditing = target?.kind === "edit";
  remember(`text ${here}`, isEditing ? "" : text.value, "sessionStorage");
  begun.set(here, { target: isEditing ? null : target, pictures: pictures() });
}

// Answer or change a message; null: neither.
export function aim(next) {
  if (target?.kind === "edit" && next?.kind !== "edit") text.value = "";
  target = next;
  if (next?.kind === "edit") text.value = next.message.text ?? next.message.caption ?? "";
  drawTarget();
  if (next) text.focus();
  refresh();
}

function drawTarget() {
  about.hidden = !target;
  refreshPlaceholder();
  if (!target) return;
  const { kind, message } = target;
  by("about-what").textContent = words(kind === "edit" ? "editing" : "replying", { name: message.from.first_name });
  by("about-text").textContent = gist(message).slice(0, 160);
}

function refreshPlaceholder() {
  text.placeholder = target?.placeholder || (pictures().length ? words("caption") : placeholder);
}

async function submit(send) {
  const written = text.value.trim();
  const shown = target?.kind === "edit" ? [] : pictures();
  if (!written && !shown.length) return;
  const aimed = target;
  text.value = "";
  if (shown.length) setPictures([]);
  target = null;
  drawTarget();
  refresh();
  try {
    await send(written, aimed, shown);
  } catch {
    if (!isIdle() || pictures().length) return; // something else was begun meanwhile
    target = aimed;
    text.value = written;
    setPictures(shown);
    drawTarget();
    refresh();
  }
}

function refresh() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`; // with its borders
  by("send").disabled = !text.value.trim() && !pictures().length;
  refreshPlaceholder();
  suggest(target?.kind !== "edit");
}
