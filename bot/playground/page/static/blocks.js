// Rich messages: blocks, and the text in them, as elements. What is not known shows its text.

import { album } from "./album.js";
import { ask, element, link, reveal } from "./element.js";
import { formula } from "./formula.js";
import { TAGS, codeBlock, command, expandable, spoiler } from "./formatting.js";
import { words } from "./words.js";

export const blocks = (given = []) => given.map(block);

function block(given) {
  switch (given.type) {
    case "paragraph":
      return element("p", {}, ...rich(given.text));
    case "heading":
      return element(`h${Math.min(given.size + 2, 6)}`, {}, ...rich(given.text));
    case "pre":
      return codeBlock(plain(given.text), given.language);
    case "divider":
      return element("hr");
    case "list":
      return list(given.items);
    case "blockquote":
      return element("blockquote", {}, ...blocks(given.blocks), ...credit(given));
    case "pullquote":
      return element("blockquote", { class: "pull" }, ...rich(given.text), ...credit(given));
    case "expandable_blockquote":
      return expandable([...rich(given.text), ...credit(given)]);
    case "table":
      return table(given);
    case "details":
      return element("details", { open: given.is_open }, element("summary", {}, ...rich(given.summary)), ...blocks(given.blocks));
    case "mathematical_expression":
      return formula(given.expression, true);
    case "thinking":
      return element("p", { class: "thinking" }, element("span", {}, ...rich(given.text)));
    case "photo":
      return element("figure", {}, album([{ sizes: given.photo, caption: plain(given.caption?.text) }]), ...caption(given));
    case "collage":
    case "slideshow":
      return element("div", {}, ...gathered(given.blocks), ...caption(given));
    case "anchor":
      return element("span", { "data-note": given.name });
    case "footer":
      return element("p", { class: "small" }, ...rich(given.text));
    case "buttons":
      return element("div", { class: "keys" }, ...given.buttons.map((each, index) => key(each, `b${index}`)));
    default:
      return element("div", {}, ...blocks(given.blocks), ...rich(given.text ?? given.caption?.text));
  }
}

const credit = (given) => (given.credit ? [element("cite", {}, ...rich(given.credit))] : []);

const caption = (given) => (given.caption ? [element("figcaption", { class: "small" }, ...rich(given.caption.text), ...credit(given.caption))] : []);

// Photos side by side, and whatever else there is.
function gathered(given) {
  const photos = given.filter((each) => each.type === "photo");
  const sizes = photos.map((each) => ({ sizes: each.photo, caption: plain(each.caption?.text) }));
  return [...(sizes.length ? [album(sizes)] : []), ...blocks(given.filter((each) => each.type !== "photo"))];
}

function list(items) {
  return element(
    items.some((item) => item.type) ? "ol" : "ul",
    { class: items.some((item) => item.has_checkbox) ? "tasks" : undefined },
    ...items.map((item) => element("li", { value: item.value }, ...checkbox(item), element("div", {}, ...blocks(item.blocks)))),
  );
}

function checkbox(item) {
  if (!item.has_checkbox) return [];
  const label = words(item.is_checked ? "done" : "open");
  return [element("span", { class: "check", role: "img", "aria-label": label }, item.is_checked ? "✓" : "")];
}

function table(given) {
  const rows = given.cells.map((row) =>
    element(
      "tr",
      {},
      ...row.map((cell) =>
        element(cell.is_header ? "th" : "td", { class: `${cell.align} ${cell.valign}`, colspan: cell.colspan, rowspan: cell.rowspan }, ...rich(cell.text)),
      ),
    ),
  );
  const title = given.caption ? [element("caption", {}, ...rich(given.caption))] : [];
  const look = ["bordered", "striped", "compact"].filter((name) => given[`is_${name}`]).join(" ");
  return element("div", { class: "scrolled", tabindex: 0 }, element("table", { class: look }, ...title, element("tbody", {}, ...rows)));
}

// One button of a keyboard, or of a rich block.
export function key(button, name) {
  const shape = { class: `key ${button.style ?? ""}`, "data-key": name };
  if (button.url) {
    const node = link(button.url, button.text, " ↗");
    node.className = shape.class;
    return node;
  }
  const node = element("button", { type: "button", ...shape }, button.text);
  if (button.callback_data) node.addEventListener("click", () => ask(node, "presskey", button.callback_data));
  else if (button.copy_text) node.addEventListener("click", () => ask(node, "copytext", button.copy_text.text));
  else node.disabled = true;
  return node;
}

// RichText: a string, a list of them, or a format around one.
function rich(given) {
  if (given === undefined || given === null) return [];
  if (typeof given === "string") return [given];
  if (Array.isArray(given)) return given.flatMap(rich);
  if (TAGS[given.type]) return [element(TAGS[given.type], {}, ...rich(given.text))];
  switch (given.type) {
    case "url":
      return [link(given.url, ...rich(given.text))];
    case "spoiler":
      return [spoiler(rich(given.text))];
    case "mathematical_expression":
      return [formula(given.expression, false)];
    case "custom_emoji":
      return [given.alternative_text];
    case "bot_command":
      return [command(plain(given.text))];
    case "button":
      return [key(given.button, "inline")];
    case "reference":
      return [element("span", { "data-note": given.name }, ...rich(given.text))];
    case "anchor":
      return [element("span", { "data-note": given.name })];
    case "reference_link":
      return [jump(given.reference_name, given)];
    case "anchor_link":
      return [jump(given.anchor_name, given)];
    default:
      return [element("span", {}, ...rich(given.text))];
  }
}

function jump(name, given) {
  const node = element("button", { type: "button", class: "plain", title: words("note") }, ...rich(given.text));
  node.addEventListener("click", () => {
    const note = node.closest(".content")?.querySelector(`[data-note="${CSS.escape(name)}"]`);
    if (note) reveal(note);
  });
  return node;
}

// All the text in a rich text or in blocks, for previews and copies.
export function plain(given) {
  if (typeof given === "string") return given;
  if (Array.isArray(given)) return given.map(plain).join("");
  if (given === undefined || given === null) return "";
  switch (given.type) {
    case "list":
      return given.items.map((item) => `${item.label ?? "•"} ${plainBlocks(item.blocks)}`).join("\n");
    case "table":
      return given.cells.map((row) => row.map((cell) => plain(cell.text)).join("\t")).join("\n");
    case "details":
      return `${plain(given.summary)}\n${plainBlocks(given.blocks)}`;
    default:
      return given.expression ?? given.alternative_text ?? (given.blocks ? plainBlocks(given.blocks) : plain(given.text));
  }
}

export const plainBlocks = (given = []) => given.map(plain).join("\n");
