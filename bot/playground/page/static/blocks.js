// Rich messages: blocks, and the text in them, as elements. What is not known shows its text.

import { ask, element, link } from "./element.js";
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
    case "pullquote":
      return element("blockquote", {}, ...(given.blocks ? blocks(given.blocks) : rich(given.text)), ...credit(given));
    case "expandable_blockquote":
      return expandable([...rich(given.text), ...credit(given)]);
    case "table":
      return table(given);
    case "details":
      return element("details", { open: given.is_open }, element("summary", {}, ...rich(given.summary)), ...blocks(given.blocks));
    case "mathematical_expression":
      return formula("div", given.expression);
    case "thinking":
      return element("p", { class: "thinking" }, ...rich(given.text));
    case "footer":
      return element("p", { class: "small" }, ...rich(given.text));
    case "buttons":
      return element("div", { class: "keys" }, ...given.buttons.map((each, index) => key(each, `b${index}`)));
    default:
      return element("div", {}, ...blocks(given.blocks), ...rich(given.text ?? given.caption?.text));
  }
}

const credit = (given) => (given.credit ? [element("cite", {}, ...rich(given.credit))] : []);

const formula = (tag, expression) => element(tag, { class: "formula", role: "math", "aria-label": words("formula") }, expression);

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
        element(cell.is_header ? "th" : "td", { class: cell.align, colspan: cell.colspan, rowspan: cell.rowspan }, ...rich(cell.text)),
      ),
    ),
  );
  const caption = given.caption ? [element("caption", {}, ...rich(given.caption))] : [];
  return element("div", { class: "scrolled", tabindex: 0 }, element("table", {}, ...caption, element("tbody", {}, ...rows)));
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
      return [formula("span", given.expression)];
    case "custom_emoji":
      return [given.alternative_text];
    case "bot_command":
      return [command(plain(given.text))];
    case "button":
      return [key(given.button, "inline")];
    case "reference":
      return [element("span", { "data-note": given.name }, ...rich(given.text))];
    case "reference_link":
      return [reference(given)];
    default:
      return [element("span", {}, ...rich(given.text))];
  }
}

function reference(given) {
  const node = element("button", { type: "button", class: "plain" }, ...rich(given.text));
  node.addEventListener("click", () => {
    const note = node.closest(".content")?.querySelector(`[data-note="${CSS.escape(given.reference_name)}"]`);
    note?.scrollIntoView({ block: "nearest", behavior: "smooth" });
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
