// What the server tells: people, chats, messages; kept as it was told last.

const TYPING_SECONDS = 5;
const ENDING = 300; // milliseconds that an ended draft waits for the message that takes its place

export const world = { bot: { id: 0, first_name: "" }, people: [], chats: new Map(), costs: false, free: false, connected: true };

// Messages that one person alone sees are numbered for that person.
const onlyFor = (message) => message.receiver_user && (message.receiver_user.is_bot ? message.from.id : message.receiver_user.id);
const privateKey = (person, number) => `e${person}.${number}`;
export const keyOf = (message) => (onlyFor(message) ? privateKey(onlyFor(message), message.ephemeral_message_id) : message.message_id);
export const isFor = (message, person) => !onlyFor(message) || onlyFor(message) === person;

// ``changed`` is called after every change, ``arrived`` for each new message.
export function connect(changed, arrived) {
  const source = new EventSource("api/events");
  const on = (kind, take) =>
    source.addEventListener(kind, (event) => {
      take(JSON.parse(event.data));
      changed();
    });
  const setConnected = (connected) => {
    world.connected = connected;
    changed();
  };
  source.addEventListener("open", () => setConnected(true));
  source.addEventListener("error", () => setConnected(false));
  on("state", (state) => {
    const { chats, ...others } = state;
    Object.assign(world, others);
    world.chats = new Map(chats.map((chat) => [chat.id, kept(chat, changed)]));
  });
  on("chat", (chat) => world.chats.set(chat.id, kept(chat, changed)));
  on("menus", (menus) => {
    for (const [id, chat] of world.chats) chat.menus = menus[id] ?? {};
  });
  on("message", (message) => {
    const chat = world.chats.get(message.chat.id);
    if (chat) take(chat, authored(message), arrived);
  });
  on("deleted", ({ chat, message, only_for }) =>
    forget(world.chats.get(chat), only_for ? privateKey(only_for, message) : message),
  );
  on("draft", ({ chat, thread, draft }) => world.chats.has(chat) && setDraft(world.chats.get(chat), thread ?? 0, draft, changed));
  on("action", ({ chat, thread, action }) => world.chats.has(chat) && setDoing(world.chats.get(chat), thread ?? 0, action, changed));
  on("prompt", (prompt) => world.chats.has(prompt.chat) && (world.chats.get(prompt.chat).prompt = prompt));
}

// Who speaks in the name of a chat is seen as that chat; the posts of a channel have no other author.
function authored(message) {
  const { sender_chat: voice, reply_to_message: target } = message;
  const from = voice ? { id: voice.id, first_name: voice.title } : message.from;
  return { ...message, from, ...(target && { reply_to_message: authored(target) }) };
}

function take(chat, message, arrived) {
  const isNew = !chat.messages.has(keyOf(message));
  chat.messages.set(keyOf(message), message);
  if (message.from.id === world.bot.id) {
    const thread = message.is_topic_message ? message.message_thread_id : 0;
    rest(chat, thread);
    if (chat.drafts.get(thread)?.isEnding) chat.drafts.delete(thread);
  }
  if (!isNew) return;
  for (const person of chat.members) if (person !== message.from.id && isFor(message, person)) unread(chat, person).add(keyOf(message));
  arrived(chat, message);
}

function forget(chat, key) {
  chat?.messages.delete(key);
  for (const keys of chat?.unread.values() ?? []) keys.delete(key);
}

// Keys of the messages that came since the person looked.
export function unread(chat, person) {
  if (!chat.unread.has(person)) chat.unread.set(person, new Set());
  return chat.unread.get(person);
}

function kept(chat, changed) {
  const messages = new Map(chat.messages.map(authored).map((message) => [keyOf(message), message]));
  const known = { ...chat, messages, drafts: new Map(), doing: new Map(), unread: world.chats.get(chat.id)?.unread ?? new Map() };
  for (const draft of chat.drafts) setDraft(known, draft.thread ?? 0, draft, changed);
  return known;
}

function setDraft(chat, thread, draft, changed) {
  const before = chat.drafts.get(thread);
  clearTimeout(before?.fading);
  const shown = draft ?? before;
  if (!shown) return;
  if (draft) rest(chat, thread);
  const fade = () => {
    if (chat.drafts.get(thread) === next) chat.drafts.delete(thread);
    changed();
  };
  const next = { ...shown, isEnding: !draft, can_stop: draft ? shown.can_stop : false };
  next.fading = setTimeout(fade, draft ? draft.seconds * 1000 : ENDING);
  chat.drafts.set(thread, next);
}

// What the bot does in a topic, 0 outside of them, is forgotten after a while.
function setDoing(chat, thread, action, changed) {
  rest(chat, thread);
  const resting = setTimeout(() => {
    rest(chat, thread);
    changed();
  }, TYPING_SECONDS * 1000);
  chat.doing.set(thread, { action, resting });
}

function rest(chat, thread) {
  clearTimeout(chat.doing.get(thread)?.resting);
  chat.doing.delete(thread);
}

// Do something as a person; gives the answer, or throws an Error whose message is a key of words("errors").
export async function act(what, given) {
  let answer;
  try {
    answer = await fetch(`api/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
  } catch {
    throw new Error("unreachable");
  }
  if (answer.ok) return answer.json();
  const { error } = await answer.json().catch(() => ({}));
  throw new Error(error ?? "malformed");
}
