// Who one is and what is open: a person, a chat, a topic. The address names them, so that a reload comes back.

import { topicsOf } from "./topics.js";
import { language } from "./words.js";
import { world } from "./world.js";

export const place = { person: 0, chat: 0, topic: 0 };
[place.person, place.chat, place.topic = 0] = location.hash.slice(1).split("/").map(Number);

// Those one can be: who have a chat with the bot. Others only spoke in a group some time ago.
export const people = () => world.people.filter((person) => world.chats.has(person.id));
export const chatsOf = (person) => [...world.chats.values()].filter((chat) => chat.members.includes(person.id));

// At first somebody who speaks the reader's language, since the bot answers in it.
export const me = () =>
  people().find((person) => person.id === place.person) ??
  people().find((person) => person.language_code?.startsWith(language())) ??
  people()[0];

export function chatNow() {
  const chats = chatsOf(me());
  return chats.find((chat) => chat.id === place.chat) ?? chats[0];
}

// Where one really is: a chat or a topic that went is left.
export function settle() {
  const chat = chatNow();
  const topic = topicsOf(chat).some(({ id }) => id === place.topic) ? place.topic : 0;
  Object.assign(place, { person: me().id, chat: chat.id, topic });
  history.replaceState(null, "", `#${placeKey()}`);
}

export const placeKey = () => `${place.person}/${place.chat}/${place.topic}`;

export const isPrivate = (chat) => chat.type === "private";

// As whom and what a chat is listed: a private one as the bot.
export const partner = (chat) =>
  isPrivate(chat) ? { id: world.bot.id, name: world.bot.first_name } : { id: chat.id, name: chat.title };
