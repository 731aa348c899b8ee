// The page: who one is, which chat is open, and what happens when something is asked for.

import { aim, changeChat, insert, openComposer, setMenu } from "./composer.js";
import { element, swap } from "./element.js";
import { face, gist } from "./message.js";
import { drawRoom, followNewest, showMessage } from "./room.js";
import { language, setLanguage, words } from "./words.js";
import { act, connect, world } from "./world.js";

const TOAST_SECONDS = 4;
const by = (id) => document.getElementById(id);

// The address names person and chat, so that a reload comes back to them.
const place = { person: 0, chat: 0 };
[place.person, place.chat] = location.hash.slice(1).split("/").map(Number);

// At first somebody who speaks the reader's language, since the bot answers in it.
const me = () =>
  here().find((person) => person.id === place.person) ??
  here().find((person) => person.language_code?.startsWith(language())) ??
  here()[0];
// Those one can be: who have a chat with the bot. Others only spoke in a group some time ago.
const here = () => world.people.filter((person) => world.chats.has(person.id));
const chatsOf = (person) => [...world.chats.values()].filter((chat) => chat.members.includes(person.id));

function chatNow() {
  const chats = chatsOf(me());
  return chats.find((chat) => chat.id === place.chat) ?? chats[0];
}

function go(person, chat) {
  const before = `${place.person}/${place.chat}`;
  Object.assign(place, { person, chat });
  const now = `${person}/${chat}`;
  if (now !== before) changeChat(before, now);
  history.replaceState(null, "", `#${now}`);
  draw();
}

// Somebody else stays in the group that is open, and otherwise opens a private chat of their own.
function become(person) {
  const open = chatNow();
  go(person.id, open.type !== "private" && open.members.includes(person.id) ? open.id : person.id);
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
  drawBanner();
  if (!here().length) return;
  const person = me();
  const chat = chatNow();
  Object.assign(place, { person: person.id, chat: chat.id });
  chat.unread = 0;
  drawPeople(person);
  drawChats(person, chat);
  drawHead(chat);
  drawRoom(chat, person, world.bot, language());
  setMenu(world.menus[person.language_code?.slice(0, 2)] ?? world.menus[""] ?? []);
}

function drawBanner() {
  by("banner").textContent = words(!world.connected ? "lost" : world.costs ? "costs" : "local");
  by("banner").classList.toggle("lost", !world.connected);
}

function drawPeople(person) {
  swap(
    by("people"),
    ...here().map((each) =>
      element(
        "button",
        { type: "button", "data-key": `p${each.id}`, "aria-pressed": String(each.id === person.id), click: () => become(each) },
        face({ id: each.id, name: each.first_name }),
        element("span", {}, each.first_name),
      ),
    ),
  );
}

function drawChats(person, open) {
  swap(by("chats"), ...chatsOf(person).map((chat) => chatButton(chat, person, chat === open)));
}

function chatButton(chat, person, isOpen) {
  const last = [...chat.messages.values()].at(-1);
  const author = last && chat.type !== "private" ? `${last.from.first_name}: ` : "";
  const preview = last ? author + gist(last).slice(0, 80) : words("nothing_yet");
  const unread = chat.unread ? [element("span", { class: "unread" }, String(chat.unread))] : [];
  const open = () => {
    go(person.id, chat.id);
    document.body.classList.remove("listing");
  };
  return element(
    "button",
    { type: "button", "data-key": `c${chat.id}`, "aria-current": isOpen ? "true" : undefined, click: open },
    face(partner(chat)),
    element("span", { class: "names" }, element("strong", {}, partner(chat).name), element("span", {}, preview)),
    ...unread,
  );
}

const partner = (chat) =>
  chat.type === "private" ? { id: world.bot.id, name: world.bot.first_name } : { id: chat.id, name: chat.title };

function drawHead(chat) {
  const isGroup = chat.type !== "private";
  by("face").replaceChildren(face(partner(chat)));
  by("title").textContent = partner(chat).name;
  const rest = isGroup ? words("members", { count: chat.members.length }) : words("bot");
  by("subtitle").textContent = chat.typing ? words("typing") : rest;
  by("subtitle").classList.toggle("active", chat.typing);
  by("mention").hidden = !isGroup;
  by("text").placeholder = isGroup ? words("write_group", { bot: `@${world.bot.username}` }) : words("write");
}

function drawWords() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = `SiliconBot · ${words("title")}`;
  for (const node of document.querySelectorAll("[data-words]")) node.textContent = words(node.dataset.words);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", words(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = words(node.dataset.label);
  }
  by("language").textContent = words("other_language");
}

function toast(text) {
  const node = element("div", {}, text);
  by("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_SECONDS * 1000);
}

function showAlert(text) {
  by("alert-text").textContent = text;
  by("alert").showModal();
}

// What the server refuses is said; the caller learns of it too.
async function attempt(what, given) {
  try {
    return await act(what, { ...place, ...given });
  } catch (error) {
    toast(words("errors")[error.message] ?? words("errors").malformed);
    throw error;
  }
}

function send(text, target) {
  followNewest();
  if (target?.kind !== "edit") return attempt("say", { text, reply_to: target?.message.message_id ?? null });
  return text === target.message.text ? undefined : attempt("edit", { message: target.message.message_id, text });
}

function lastOwn() {
  return [...chatNow().messages.values()].filter((message) => message.from.id === place.person && message.text).at(-1);
}

async function press(node, data) {
  const message = Number(node.closest("[data-id]").dataset.id);
  node.setAttribute("aria-busy", "true");
  try {
    const answer = await attempt("press", { message, data });
    if (answer.text) (answer.alert ? showAlert : toast)(answer.text);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words("copied"));
  } catch {
    toast(words("not_copied"));
  }
}

const said = (promise) => promise?.catch(() => {}); // the person was told already

const room = by("room");
room.addEventListener("saytext", ({ detail }) => said(send(detail, null)));
room.addEventListener("copytext", ({ detail }) => copy(detail));
room.addEventListener("presskey", ({ target, detail }) => said(press(target, detail)));
room.addEventListener("stopdraft", () => said(attempt("stop", { draft: chatNow().draft?.id ?? 0 })));
room.addEventListener("replymessage", ({ detail }) => aim({ kind: "reply", message: detail }));
room.addEventListener("editmessage", ({ detail }) => aim({ kind: "edit", message: detail }));
room.addEventListener("showmessage", ({ detail }) => showMessage(detail));
by("mention").addEventListener("click", () => insert(`@${world.bot.username} `));
by("back").addEventListener("click", () => document.body.classList.add("listing"));
by("language").addEventListener("click", () => {
  setLanguage(language() === "zh" ? "en" : "zh");
  drawWords();
  draw();
});

drawWords();
openComposer(send, lastOwn);
connect(drawSoon, (chat, message) => {
  if (message.from.id !== place.person && chat.id !== place.chat) chat.unread += 1;
});
by("text").focus();
