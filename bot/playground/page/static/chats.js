// The list of people one can be, and of the chats that a person is in.

import { ask, element, swap } from "./element.js";
import { face, gist, isService } from "./message.js";
import { partner, isPrivate } from "./place.js";
import { clockTime, day, words } from "./words.js";
import { isFor, unread } from "./world.js";

const PREVIEW = 80; // characters
const by = (id) => document.getElementById(id);
const drawn = new Map(); // key -> { state, node }

export function drawPeople(people, person) {
  const faces = people.map((each) =>
    kept(`p${each.id}`, [each.first_name, each.id === person.id], (key) =>
      element(
        "button",
        { type: "button", "data-key": key, "aria-pressed": String(each.id === person.id), click: () => ask(by("people"), "become", each.id) },
        face({ id: each.id, name: each.first_name }),
        element("span", {}, each.first_name),
      ),
    ),
  );
  fill(by("people"), faces);
}

export function drawChats(chats, person, open) {
  fill(by("chats"), chats.map((chat) => chatButton(chat, person, chat === open)));
}

function chatButton(chat, person, isOpen) {
  const last = [...chat.messages.values()].findLast((message) => isFor(message, person.id));
  const author = last && !isPrivate(chat) && !isService(last) ? `${last.from.first_name}: ` : "";
  const said = last ? author + gist(last).slice(0, PREVIEW) : words("nothing_yet");
  const text = chat.doing.size || chat.drafts.size ? words("typing") : said;
  const count = unread(chat, person.id).size;
  const name = partner(chat).name;
  const when = last ? time(last.date) : "";
  return kept(`c${person.id}.${chat.id}`, [name, text, when, count, isOpen], (key) =>
    element(
      "button",
      { type: "button", "data-key": key, "aria-current": isOpen ? "true" : undefined, click: () => ask(by("chats"), "openchat", chat.id) },
      face(partner(chat)),
      element(
        "span",
        { class: "names" },
        element("span", { class: "head" }, element("strong", {}, name), element("time", {}, when)),
        element("span", {}, text),
      ),
      ...(count ? [element("span", { class: "unread", "aria-label": words("unread", { count }) }, String(count))] : []),
    ),
  );
}

const time = (seconds) => (day(seconds) === words("today") ? clockTime(seconds) : day(seconds));

// What looks the same stays the same node, so that a press is not lost while an answer streams.
function kept(key, state, make) {
  const now = JSON.stringify(state);
  if (drawn.get(key)?.state !== now) drawn.set(key, { state: now, node: make(key) });
  return drawn.get(key).node;
}

function fill(container, nodes) {
  const isSame = container.children.length === nodes.length && nodes.every((node, index) => container.children[index] === node);
  if (!isSame) swap(container, ...nodes);
}
