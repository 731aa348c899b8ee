// What the server tells: people, chats, messages; kept as it was told last.

const TYPING_SECONDS = 5;

export const world = { bot: { id: 0, first_name: "" }, people: [], chats: new Map(), menus: {}, costs: false, connected: true };

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
  on("menus", (menus) => (world.menus = menus));
  on("message", (message) => {
    const chat = world.chats.get(message.chat.id);
    if (!chat) return;
    const isNew = !chat.messages.has(message.message_id);
    chat.messages.set(message.message_id, message);
    if (message.from.id === world.bot.id) chat.typing = false;
    if (isNew) arrived(chat, message);
  });
  on("deleted", ({ chat, message }) => world.chats.get(chat)?.messages.delete(message));
  on("draft", ({ chat, draft }) => world.chats.has(chat) && setDraft(world.chats.get(chat), draft, changed));
  on("action", ({ chat }) => world.chats.has(chat) && setTyping(world.chats.get(chat), changed));
}

function kept(chat, changed) {
  const messages = new Map(chat.messages.map((message) => [message.message_id, message]));
  const known = { ...chat, messages, draft: null, typing: false, unread: world.chats.get(chat.id)?.unread ?? 0 };
  setDraft(known, chat.draft, changed);
  return known;
}

function setDraft(chat, draft, changed) {
  clearTimeout(chat.fading);
  chat.draft = draft;
  if (!draft) return;
  chat.typing = false;
  chat.fading = setTimeout(() => {
    chat.draft = null;
    changed();
  }, draft.seconds * 1000);
}

function setTyping(chat, changed) {
  clearTimeout(chat.resting);
  chat.typing = true;
  chat.resting = setTimeout(() => {
    chat.typing = false;
    changed();
  }, TYPING_SECONDS * 1000);
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
