// One message, or several that are one album, as they hang in the chat.

import { address, album } from "./album.js";
import { blocks, key, plainBlocks } from "./blocks.js";
import { ask, element } from "./element.js";
import { formatted } from "./formatting.js";
import { clockTime, words } from "./words.js";

const MEDIA = ["photo", "document", "voice", "sticker", "video", "audio", "animation"];
const mediumOf = (message) => MEDIA.find((kind) => message[kind]);

export function face(person) {
  const first = [...person.name][0] ?? "?";
  return element("span", { class: `face tone${Math.abs(person.id) % 6}`, "aria-hidden": "true" }, first.toUpperCase());
}

// The words of a message: for previews, quotes and copies.
export function gist(message) {
  if (message.rich_message) return plainBlocks(message.rich_message.blocks);
  if (isService(message)) return happened(message);
  const medium = mediumOf(message);
  const label = medium ? `[${words(medium) ?? words("media")}] ` : "";
  return label + (message.text ?? message.caption ?? "");
}

export const isService = (message) => !message.rich_message && !mediumOf(message) && message.text === undefined;

function happened(message) {
  const name = message.from.first_name;
  if (message.forum_topic_created) return words("opened_topic", { name, topic: message.forum_topic_created.name });
  if (message.forum_topic_edited?.name) return words("renamed_topic", { topic: message.forum_topic_edited.name });
  if (message.pinned_message) return words("pinned", { name, text: gist(message.pinned_message).slice(0, 60) });
  if (message.new_chat_members) return words("added", { name, who: message.new_chat_members.map((each) => each.first_name).join(", ") });
  if (message.left_chat_member) return words(message.left_chat_member.id === message.from.id ? "left" : "removed", { name, who: message.left_chat_member.first_name });
  if (message.group_chat_created) return words("made_group", { name });
  return words("service");
}

// What the viewer can do with it, in the order of the menu.
export function actionsOf(message, viewer, chat) {
  if (isService(message)) return [];
  if (message.ephemeral_message_id) return ["copy"];
  const isMine = message.from.id === viewer;
  const mayEdit = isMine && !message.forward_origin && (message.text ?? message.caption) !== undefined;
  const mayDelete = isMine || chat.type === "private" || chat.admins.includes(viewer);
  return ["reply", ...(mayEdit ? ["edit"] : []), "copy", "forward", ...(mayDelete ? ["delete"] : [])];
}

export function messageRow(messages, viewer) {
  const [message] = messages;
  if (isService(message)) return element("article", { class: "row service", "data-id": message.message_id, tabindex: -1 }, element("p", {}, happened(message)));
  const isMine = message.from.id === viewer;
  const time = new Date(message.date * 1000);
  const bubble = element(
    "div",
    { class: "bubble" },
    element("div", { class: `name ink${Math.abs(message.from.id) % 6}` }, message.from.first_name),
    ...note("whisper", message.ephemeral_message_id && words("only_you")),
    ...note("origin", message.forward_origin && words("forwarded", { name: originOf(message.forward_origin) })),
    ...quoted(message),
    element("div", { class: "content" }, ...content(messages)),
    element("div", { class: "stamp" }, message.edit_date ? `${words("edited")} ` : "", element("time", { datetime: time.toISOString() }, clockTime(message.date))),
  );
  const more = element("button", { type: "button", class: "more", tabindex: -1, "aria-label": words("menu"), title: words("menu") }, "⋯");
  return element(
    "article",
    { class: `row ${isMine ? "mine" : ""}`, "data-id": message.message_id, "data-menu": "", tabindex: -1, "aria-label": spoken(message) },
    face({ id: message.from.id, name: message.from.first_name }),
    element("div", { class: "column" }, bubble, ...keyboard(message)),
    more,
  );
}

const spoken = (message) => `${message.from.first_name}, ${clockTime(message.date)}: ${gist(message).slice(0, 300)}`;

const note = (name, text) => (text ? [element("div", { class: `aside ${name}` }, text)] : []);
const originOf = (origin) => origin.sender_user?.first_name ?? origin.sender_user_name ?? origin.chat?.title ?? origin.sender_chat?.title ?? "?";

function content(messages) {
  const [message] = messages;
  if (message.rich_message) return blocks(message.rich_message.blocks);
  const shown = media(messages);
  for (const { text, entities, caption, caption_entities } of messages) {
    if (text ?? caption) shown.push(element("div", { class: "text" }, ...formatted(text ?? caption, entities ?? caption_entities)));
  }
  return shown;
}

// Pictures as such; files to be saved; of everything else the name of its kind.
function media(messages) {
  const photos = messages.filter((message) => message.photo);
  const shown = photos.length ? [album(photos.map(({ photo, caption, message_id }) => ({ sizes: photo, caption, id: message_id })))] : [];
  return [...shown, ...messages.filter((message) => !message.photo && mediumOf(message)).map(medium)];
}

function medium(message) {
  const kind = mediumOf(message);
  const name = words(kind) ?? words("media");
  const file = message[kind];
  if (kind !== "document") return element("div", { class: "medium" }, name);
  return element("a", { class: "medium", href: address(file.file_id), download: file.file_name ?? "" }, `${name} · ${file.file_name ?? ""}`);
}

function quoted(message) {
  const target = message.reply_to_message;
  if (!target) return [];
  const text = message.quote?.text ?? gist(target);
  const open = () => ask(button, "showmessage", target.message_id);
  const button = element(
    "button",
    { type: "button", class: `quoted ink${Math.abs(target.from.id) % 6}`, click: open },
    element("strong", {}, target.from.first_name),
    element("span", {}, text.slice(0, 120)),
  );
  return [button];
}

function keyboard(message) {
  const rows = message.reply_markup?.inline_keyboard ?? [];
  if (!rows.length) return [];
  const keys = (row, line) => element("div", { class: "keys" }, ...row.map((each, index) => key(each, `k${line}.${index}`)));
  return [element("div", { class: "keyboard" }, ...rows.map(keys))];
}
