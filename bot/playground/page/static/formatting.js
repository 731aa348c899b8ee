// Text and its entities (offsets in UTF-16 units, as strings count here) as elements.

import { ask, element, link } from "./element.js";
import { words } from "./words.js";

export const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  marked: "mark",
  subscript: "sub",
  superscript: "sup",
};
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

export function formatted(text, entities = []) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return range(text, sorted, 0, text.length);
}

// An entity that reaches beyond the one around it ends with it; no text is ever lost.
function range(text, entities, from, to) {
  const nodes = [];
  let at = from;
  let afterBlock = false;
  const write = (end, beforeBlock) => {
    let piece = text.slice(at, end);
    // A block begins a line by itself: the line breaks around it are not shown twice.
    if (afterBlock && piece.startsWith("\n")) piece = piece.slice(1);
    if (beforeBlock && piece.endsWith("\n")) piece = piece.slice(0, -1);
    if (piece) nodes.push(piece);
  };
  for (let index = 0; index < entities.length; ) {
    const entity = entities[index++];
    const begin = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (begin >= end) continue;
    const inside = [];
    while (index < entities.length && entities[index].offset < end) inside.push(entities[index++]);
    const isBlock = BLOCKS.has(entity.type);
    write(begin, isBlock);
    nodes.push(wrapped(entity, text.slice(begin, end), range(text, inside, begin, end)));
    at = end;
    afterBlock = isBlock;
  }
  write(to, false);
  return nodes;
}

function wrapped(entity, text, children) {
  if (TAGS[entity.type]) return element(TAGS[entity.type], {}, ...children);
  switch (entity.type) {
    case "text_link":
      return link(entity.url, ...children);
    case "url":
      return link(text, ...children);
    case "pre":
      return codeBlock(text, entity.language);
    case "blockquote":
      return element("blockquote", {}, ...children);
    case "expandable_blockquote":
      return expandable(children);
    case "spoiler":
      return spoiler(children);
    case "bot_command":
      return command(text);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return element("span", { class: "tag" }, ...children);
    default:
      return element("span", {}, ...children);
  }
}

export function codeBlock(text, codeLanguage) {
  const copy = element("button", { type: "button", class: "copy", click: () => ask(copy, "copytext", text) }, words("copy"));
  return element(
    "figure",
    { class: "code" },
    element("figcaption", {}, element("span", {}, codeLanguage ?? ""), copy),
    element("pre", { tabindex: 0 }, element("code", {}, text)),
  );
}

export function expandable(children) {
  const body = element("div", { class: "folded" }, ...children);
  const toggle = element("button", { type: "button", class: "plain", "aria-expanded": "false" }, words("more"));
  toggle.addEventListener("click", () => {
    const isFolded = body.classList.toggle("folded");
    toggle.setAttribute("aria-expanded", String(!isFolded));
    toggle.textContent = words(isFolded ? "more" : "less");
  });
  return element("blockquote", {}, body, toggle);
}

export function spoiler(children) {
  const node = element("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": words("spoiler") }, element("span", {}, ...children));
  const show = (event) => {
    if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
    event.preventDefault();
    node.classList.add("seen");
    for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
    node.removeEventListener("click", show);
    node.removeEventListener("keydown", show);
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", show);
  return node;
}

export function command(text) {
  const node = element("button", { type: "button", class: "plain", click: () => ask(node, "saytext", text) }, text);
  return node;
}
