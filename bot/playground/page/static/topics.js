// Topics of a chat, as tabs above it: those of a forum, and those of a private chat in threaded mode.

import { ask, element, swap } from "./element.js";
import { words } from "./words.js";
import { unread } from "./world.js";

const by = (id) => document.getElementById(id);

export const topicOf = (message) => (message.is_topic_message ? message.message_thread_id : 0);

// As service messages tell of them; the newest name counts. None where people cannot open any.
export function topicsOf(chat) {
  if (!chat.threaded) return [];
  const found = new Map();
  for (const message of chat.messages.values()) {
    const id = topicOf(message);
    if (message.forum_topic_created && message.message_id === id) found.set(id, { id, ...message.forum_topic_created });
    if (message.forum_topic_edited?.name && found.has(id)) found.get(id).name = message.forum_topic_edited.name;
  }
  return [...found.values()];
}

// What hangs in a topic; 0 is General in a forum, and everything elsewhere.
export const isIn = (chat, topic, message) => !chat.threaded || (!topic && chat.type === "private") || topicOf(message) === topic;

export function drawTopics(chat, topic, person) {
  by("topics").hidden = !chat.threaded;
  if (!chat.threaded) return;
  const isPrivate = chat.type === "private";
  const waiting = [...unread(chat, person.id)].map((key) => chat.messages.get(key)).filter(Boolean);
  const count = (id) => (id || !isPrivate ? waiting.filter((message) => topicOf(message) === id).length : 0);
  const topics = [{ id: 0, name: words(isPrivate ? "all_topics" : "general") }, ...topicsOf(chat)];
  const tabs = topics.map(({ id, name }) => ({ id, name, count: count(id), isOpen: id === topic }));
  const state = JSON.stringify([chat.id, words("new_topic"), tabs]);
  if (by("topics").dataset.state === state) return;
  by("topics").dataset.state = state;
  const add = { type: "button", "data-key": "add", class: "add", "aria-label": words("new_topic"), title: words("new_topic"), click: showNaming };
  swap(by("topics"), ...tabs.map(tab), element("button", add, "+"));
  by("topics").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function tab({ id, name, count, isOpen }) {
  return element(
    "button",
    { type: "button", "data-key": `t${id}`, "aria-current": isOpen ? "true" : undefined, click: () => ask(by("topics"), "opentopic", id) },
    ...(id ? [element("span", { class: `dot tone${id % 6}`, "aria-hidden": "true" })] : []),
    element("span", {}, name),
    ...(count ? [element("span", { class: "unread", "aria-label": words("unread", { count }) }, String(count))] : []),
  );
}

function showNaming() {
  by("topic-name").value = "";
  by("naming").showModal();
}

// ``create(name)`` opens a topic.
export function openTopics(create) {
  by("naming").addEventListener("close", () => {
    const name = by("topic-name").value.trim();
    if (by("naming").returnValue === "create" && name) create(name);
    by("naming").returnValue = "";
  });
}
