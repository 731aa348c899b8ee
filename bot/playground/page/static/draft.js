// The draft of an answer: updated in place, so that nothing on the page moves but the text that grows.

import { blocks } from "./blocks.js";
import { ask, element } from "./element.js";
import { formatted } from "./formatting.js";
import { face } from "./message.js";
import { words } from "./words.js";

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
  const grow = growth(body);
  let tallest = 0;
  const show = (draft) => {
    stop.hidden = !draft.can_stop;
    stop.textContent = words("stop");
    grow(parts(draft));
    row.classList.toggle("ended", draft.isEnding);
    tallest = Math.max(tallest, body.offsetHeight);
    body.style.minHeight = `${tallest}px`; // a table that is not yet whole must not make the chat jump
  };
  return { row, show };
}

// What a draft shows, piece by piece: { is, text, make } with ``is`` the same for what looks the same.
function parts(draft) {
  if (draft.rich) return draft.rich.blocks.map((block) => ({ is: JSON.stringify(block), make: () => blocks([block])[0] }));
  if (!draft.text) return [{ is: "thinking", make: () => element("div", { class: "thinking" }, words("thinking"), element("span", { class: "dots" })) }];
  const entities = draft.entities ?? [];
  const text = entities.length ? undefined : draft.text;
  return [{ is: JSON.stringify([draft.text, entities]), text, make: () => element("div", { class: "text growing" }, ...formatted(draft.text, entities)) }];
}

// Replaces only what changed; plain text that goes on is added to, which keeps what somebody has selected in it.
function growth(body) {
  let shown = [];
  return (next) => {
    next.forEach((part, index) => {
      const old = shown[index];
      part.node = old?.is === part.is ? old.node : goesOn(old, part) ? added(old, part) : part.make();
      if (old && old.node !== part.node) old.node.replaceWith(part.node);
      else if (!old) body.append(part.node);
    });
    for (const { node } of shown.slice(next.length)) node.remove();
    shown = next;
  };
}

const goesOn = (old, part) => old?.text && part.text?.startsWith(old.text) && old.node.firstChild?.nodeType === Node.TEXT_NODE;

function added(old, part) {
  old.node.firstChild.appendData(part.text.slice(old.text.length));
  return old.node;
}
