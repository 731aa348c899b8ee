// What one does: asked of the server, and what it says to it is shown.

import { showAlert, toast } from "./notice.js";
import { partner, place } from "./place.js";
import { words } from "./words.js";
import { act } from "./world.js";

// What the server refuses is said; the caller learns of it too.
export async function attempt(what, given) {
  try {
    return await act(what, { person: place.person, chat: place.chat, ...given });
  } catch (error) {
    toast(words("errors")[error.message] ?? words("errors").malformed);
    throw error;
  }
}

export async function write(text, target, pictures = []) {
  if (target?.kind === "edit") {
    const { text: before, caption, message_id } = target.message;
    return text === (before ?? caption) ? undefined : attempt("edit", { message: message_id, text });
  }
  const where = { reply_to: target?.message.message_id ?? null, thread: place.topic || null };
  if (!pictures.length) return attempt("say", { text, ...where });
  return attempt("photos", { pictures: pictures.map(({ data }) => data), caption: text, ...where });
}

// A press that waits for the bot is not repeated.
export async function press(node, message, data) {
  if (node.getAttribute("aria-busy") === "true") return;
  const isEphemeral = Boolean(message.ephemeral_message_id);
  const number = isEphemeral ? message.ephemeral_message_id : message.message_id;
  node.setAttribute("aria-busy", "true");
  try {
    const answer = await attempt("press", { message: number, data, ephemeral: isEphemeral });
    if (answer.text) (answer.alert ? showAlert : toast)(answer.text);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words("copied"));
  } catch {
    toast(words("not_copied"));
  }
}

export async function forward(messages, chat, topic) {
  await attempt("forward", { messages: messages.map(({ message_id }) => message_id), to: chat.id, thread: topic ?? null });
  toast(words("forwarded_to", { name: partner(chat).name }));
}
