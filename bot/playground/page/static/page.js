// The page: what is shown of the world, and what happens when something is asked for.

import { destination } from "./address.js";
import { drawChats, drawPeople } from "./chats.js";
import { setMenu } from "./completion.js";
import { aim, insert, isIdle, openComposer, setPlaceholder, writeIn } from "./composer.js";
import { attempt, copy, forward, press, write } from "./deeds.js";
import { setText } from "./element.js";
import { chooseTarget } from "./forwarding.js";
import { showHelp } from "./help.js";
import { openKeys } from "./keys.js";
import { openMenus } from "./menu.js";
import { actionsOf, face, gist } from "./message.js";
import { announce, toast } from "./notice.js";
import { chatNow, chatsOf, isPrivate, me, partner, people, place, placeKey, settle } from "./place.js";
import { drawRoom, focusNewest, followNewest, messagesOf, showMessage } from "./room.js";
import { drawTheme } from "./theme.js";
import { drawTopics, isIn, openTopics, topicsOf } from "./topics.js";
import { language, setLanguage, words } from "./words.js";
import { drawWorkshop } from "./workshop.js";
import { connect, isFor, unread, world } from "./world.js";

const by = (id) => document.getElementById(id);
const hasMouse = matchMedia("(hover: hover)");

function go(person, chat, topic = 0) {
  Object.assign(place, { person, chat, topic });
  document.body.classList.remove("listing");
  draw();
  if (hasMouse.matches) by("text").focus();
}

// Somebody else stays in the group that is open, and otherwise opens a private chat of their own.
function become(id) {
  const open = chatNow();
  const isListing = document.body.classList.contains("listing");
  if (!isPrivate(open) && open.members.includes(id)) go(id, open.id, place.topic);
  else go(id, id);
  document.body.classList.toggle("listing", isListing);
  draw();
}

// Into a topic that was just opened, as soon as the page has heard of it.
let awaited = null;
function goWhenThere(topic) {
  awaited = { chat: place.chat, topic };
  draw();
}

let isDue = false;
function drawSoon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw() {
  setText(by("banner"), words(!world.connected ? "lost" : world.costs ? "costs" : world.free ? "free" : "local"));
  by("banner").classList.toggle("lost", !world.connected);
  if (!people().length) return;
  settle();
  if (awaited?.chat === place.chat && topicsOf(chatNow()).some(({ id }) => id === awaited.topic)) {
    const { chat, topic } = awaited;
    awaited = null;
    return go(place.person, chat, topic);
  }
  writeIn(placeKey());
  const person = me();
  const chat = chatNow();
  const seen = [...chat.messages].filter(([, message]) => isFor(message, person.id) && isIn(chat, place.topic, message));
  if (!document.body.classList.contains("listing")) for (const [key] of seen) unread(chat, person.id).delete(key);
  drawPeople(people(), person);
  drawChats(chatsOf(person), person, chat);
  drawHead(chat);
  drawTopics(chat, place.topic, person);
  const opensTopic = isPrivate(chat) && chat.threaded && !place.topic;
  drawRoom(`${placeKey()} ${language()}`, seen, draftNow(chat), person, world.bot, opensTopic);
  setMenu(chat.menus[person.id] ?? []);
  takePrompt(chat, person);
}

// In "All" that of whatever topic.
const here = (chat, byTopic) => byTopic.get(place.topic) ?? (isPrivate(chat) && !place.topic ? [...byTopic.values()].at(-1) : undefined);
const draftNow = (chat) => here(chat, chat.drafts);

function drawHead(chat) {
  const isGroup = !isPrivate(chat);
  if (by("face").dataset.chat !== String(chat.id)) by("face").replaceChildren(face(partner(chat)));
  by("face").dataset.chat = chat.id;
  setText(by("title"), partner(chat).name);
  const rest = isGroup ? words("members", { count: chat.members.length }) : words("bot");
  const doing = here(chat, chat.doing)?.action;
  setText(by("subtitle"), doing ? (words(doing) ?? words("typing")) : rest);
  by("subtitle").classList.toggle("active", Boolean(doing));
  by("mention").hidden = !isGroup;
  by("threads").hidden = isGroup;
  by("threads").setAttribute("aria-checked", String(Boolean(chat.threaded)));
  const isNew = chat.threaded && !isGroup && !place.topic;
  setPlaceholder(isGroup ? words("write_group", { bot: `@${world.bot.username}` }) : words(isNew ? "write_topic" : "write"));
}

function drawWords() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = `SiliconBot · ${words("title")}`;
  for (const node of document.querySelectorAll("[data-words]")) node.textContent = words(node.dataset.words);
  for (const node of document.querySelectorAll("[data-title]")) node.title = words(node.dataset.title);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", words(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = words(node.dataset.label);
  }
  drawTheme();
  drawWorkshop();
}

// A question of the bot opens its reply, unless something else is being written.
function takePrompt(chat, person) {
  const { prompt } = chat;
  const message = prompt && chat.messages.get(prompt.message);
  if (!message || !isIdle() || (prompt.people && !prompt.people.includes(person.id))) return;
  if (!isIn(chat, place.topic, message)) return;
  chat.prompt = undefined;
  aim({ kind: "reply", message, placeholder: prompt.placeholder });
}

async function send(text, target, pictures) {
  followNewest();
  const sent = await write(text, target, pictures);
  // A question that opened a topic is followed there.
  if (isPrivate(chatNow()) && chatNow().threaded && !place.topic && sent?.thread) goWhenThere(sent.thread);
}

const lastOwn = () =>
  [...chatNow().messages.values()].findLast((message) => actionsOf(message, place.person, chatNow()).includes("edit"));

const DOING = {
  reply: ([message]) => aim({ kind: "reply", message }),
  edit: ([message]) => aim({ kind: "edit", message }),
  copy: (messages) => copy(messages.map(gist).join("\n")),
  forward: (messages) => chooseTarget(chatsOf(me()), (chat, topic) => said(forward(messages, chat, topic))),
  delete: (messages) => Promise.all(messages.map(({ message_id }) => attempt("delete", { message: message_id }))),
};

function openAddress(event) {
  const anchor = event.target.closest("a[href]");
  const found = anchor && !anchor.hasAttribute("download") && destination(anchor.href);
  if (!found) return;
  event.preventDefault();
  if ("start" in found) {
    go(place.person, place.person);
    if (found.start) said(send(`/start ${found.start}`, null));
    return;
  }
  if (!found.chat?.members.includes(place.person) || !openMessage(found.chat, found.message)) toast(words("errors").not_here);
}

function openMessage(chat, id) {
  const message = chat.messages.get(id);
  if (!message) return false;
  if (chat.id !== place.chat || !isIn(chat, place.topic, message)) go(place.person, chat.id, message.is_topic_message ? message.message_thread_id : 0);
  return showMessage(id);
}

const said = (promise) => promise?.catch(() => {}); // the person was told already

const room = by("room");
room.addEventListener("saytext", ({ detail }) => said(send(detail, null)));
room.addEventListener("copytext", ({ detail }) => copy(detail));
room.addEventListener("presskey", ({ target, detail }) => said(press(target, messagesOf(target.closest(".row"))[0], detail)));
room.addEventListener("stopdraft", () => {
  const draft = draftNow(chatNow());
  said(attempt("stop", { draft: draft?.id ?? 0, thread: draft?.thread ?? null }));
});
room.addEventListener("showmessage", ({ detail }) => openMessage(chatNow(), detail));
room.addEventListener("messageaction", ({ target, detail }) => said(DOING[detail](messagesOf(target))));
room.addEventListener("opentopic", ({ detail }) => go(place.person, place.chat, detail));
room.addEventListener("click", openAddress);
by("people").addEventListener("become", ({ detail }) => become(detail));
by("chats").addEventListener("openchat", ({ detail }) => go(place.person, detail));
by("mention").addEventListener("click", () => insert(`@${world.bot.username} `));
by("threads").addEventListener("click", () => said(attempt("topics", { on: !chatNow().threaded })));
by("help").addEventListener("click", showHelp);
by("back").addEventListener("click", () => {
  document.body.classList.add("listing");
  draw();
  by("chats").querySelector("[aria-current]")?.focus();
});
by("language").addEventListener("click", () => {
  setLanguage(language() === "zh" ? "en" : "zh");
  drawWords();
  draw();
});

openMenus(by("scroller"), (row) => {
  const [message] = messagesOf(row);
  return message ? actionsOf(message, place.person, chatNow()) : [];
});
openTopics(async (name) => {
  const { thread } = await attempt("topic", { name });
  goWhenThere(thread);
});
openKeys({
  toChat(step) {
    const chats = chatsOf(me());
    const next = chats[(chats.indexOf(chatNow()) + step + chats.length) % chats.length];
    go(place.person, next.id);
  },
  bePerson: (index) => people()[index] && become(people()[index].id),
  toText: () => by("text").focus(),
  help: showHelp,
});
by("text").addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || !event.shiftKey || event.defaultPrevented) return;
  event.preventDefault();
  focusNewest();
});

drawWords();
openComposer(send, lastOwn);
connect(drawSoon, (chat, message) => {
  if (chat.id !== place.chat || message.from.id === place.person) return;
  if (isFor(message, place.person) && isIn(chat, place.topic, message)) announce(`${message.from.first_name}: ${gist(message)}`);
});
if (hasMouse.matches) by("text").focus();
