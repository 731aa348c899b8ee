// One message, or the draft of one, as it hangs in the chat.

import { blocks, key, plainBlocks } from "./blocks.js";
import { ask, element } from "./element.js";
import { formatted } from "./formatting.js";
import { clockTime, words } from "./words.js";

const MEDIA = ["photo", "document", "voice", "sticker", "video", "audio", "animation"];

export function face(person) {
  const first = [...person.name][0] ?? "?";
  return element("span", { class: `face tone${Math.abs(person.id) % 6}`, "aria-hidden": "true" }, first.toUpperCase());
}

// The words of a message: for previews, quotes and copies.
export function gist(message) {
  if (message.rich_message) return plainBlocks(message.rich_message.blocks);
  const medium = MEDIA.find((kind) => message[kind]);
  const label = medium ? `[${words(medium) ?? words("media")}] ` : "";
  return (label + (message.text ?? message.caption ?? "")).trim() || words("service");
}

export function messageRow(message, viewer) {
  const isMine = message.from.id === viewer;
  const bubble = element(
    "div",
    { class: "bubble" },
    element("div", { class: `name ink${Math.abs(message.from.id) % 6}` }, message.from.first_name),
    ...quoted(message),
    element("div", { class: "content" }, ...content(message)),
    element("div", { class: "stamp" }, message.edit_date ? `${words("edited")} ` : "", clockTime(message.date)),
    actions(message, isMine),
  );
  return element(
    "article",
    { class: `row ${isMine ? "mine" : ""}`, "data-id": message.message_id, tabindex: 0 },
    face({ id: message.from.id, name: message.from.first_name }),
    element("div", { class: "column" }, bubble, ...keyboard(message)),
  );
}

function content(message) {
  if (message.rich_message) return blocks(message.rich_message.blocks);
  const medium = MEDIA.find((kind) => message[kind]);
  const shown = medium ? [media(medium, message[medium])] : [];
  const text = message.text ?? message.caption;
  if (text) shown.push(element("div", { class: "text" }, ...formatted(text, message.entities ?? message.caption_entities)));
  return shown.length ? shown : [element("em", {}, words("service"))];
}

// Of a photo the largest size; a file to be saved; of everything else the name of its kind.
function media(kind, given) {
  const name = words(kind) ?? words("media");
  if (kind === "photo") {
    const { file_id, width, height } = given.at(-1);
    const address = `media/${encodeURIComponent(file_id)}`;
    const image = element("img", { src: address, alt: name, width, height, loading: "lazy" });
    return element("a", { class: "photo", href: address, target: "_blank", rel: "noopener" }, image);
  }
  if (kind === "document") {
    const address = `media/${encodeURIComponent(given.file_id)}`;
    return element("a", { class: "medium", href: address, download: given.file_name ?? "" }, `${name} · ${given.file_name ?? ""}`);
  }
  return element("div", { class: "medium" }, name);
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

function actions(message, isMine) {
  const action = (what) => {
    const node = element("button", { type: "button", "data-key": what }, words(what));
    node.addEventListener("click", () => ask(node, what === "copy" ? "copytext" : `${what}message`, what === "copy" ? gist(message) : message));
    return node;
  };
  return element("div", { class: "actions" }, ...["reply", ...(isMine && message.text ? ["edit"] : []), "copy"].map(action));
}

// A draft is updated in place, so that nothing on the page moves but the text that grows.
export function draftRow(bot) {
  const body = element("div", { class: "content" });
  const stop = element("button", { type: "button", class: "stop", click: () => ask(stop, "stopdraft") });
  const name = element("div", { class: `name ink${bot.id % 6}` }, bot.first_name);
  const row = element(
    "article",
    { class: "row draft", "aria-busy": "true" },
    face({ id: bot.id, name: bot.first_name }),
    element("div", { class: "column" }, element("div", { class: "bubble" }, name, body, stop)),
  );
  const show = (draft) => {
    stop.hidden = !draft.can_stop;
    stop.textContent = words("stop");
    if (draft.rich) body.replaceChildren(...blocks(draft.rich.blocks));
    else if (draft.text) body.replaceChildren(element("div", { class: "text growing" }, ...formatted(draft.text, draft.entities)));
    else body.replaceChildren(element("div", { class: "thinking" }, words("thinking"), element("span", { class: "dots" })));
  };
  return { row, show };
}
