// What was sent to the model for one answer, the last one at first.

import { element } from "./element.js";
import { say, time } from "./workshop_words.js";

let chosen = null; // the number of a call; null: follow the newest
let shown = ""; // which call, in which state

export function drawContext(place, shop) {
  const calls = [...shop.calls.values()].filter((call) => call.chats);
  if (!calls.length) {
    shown = "";
    place.replaceChildren(element("p", { class: "small" }, say("no_context")));
    return;
  }
  const found = calls.findIndex((call) => call.number === chosen);
  const index = found < 0 ? calls.length - 1 : found;
  const call = calls[index];
  const chooser = place.querySelector(".chooser") ?? build(place);
  const go = (to) => () => {
    chosen = to === calls.length - 1 ? null : calls[to].number;
    drawContext(place, shop);
  };
  drawChooser(chooser, index, calls.length, go);
  const state = `${call.number} ${call.state}`;
  if (shown === state) return;
  shown = state;
  load(place.querySelector(".sent"), call);
}

function build(place) {
  shown = "";
  const button = (key, text) => element("button", { type: "button", class: "quiet", "data-to": key, "aria-label": say(key), title: say(key) }, text);
  const chooser = element(
    "div",
    { class: "chooser", role: "group", "aria-label": say("which") },
    button("older", "‹"),
    element("span", { class: "small", role: "status" }),
    button("newer", "›"),
  );
  place.replaceChildren(chooser, element("div", { class: "sent" }));
  return chooser;
}

function drawChooser(chooser, index, count, go) {
  const [older, position, newer] = chooser.children;
  position.textContent = say("position", { number: index + 1, count });
  older.disabled = index === 0;
  newer.disabled = index === count - 1;
  older.onclick = go(index - 1);
  newer.onclick = go(index + 1);
}

async function load(place, call) {
  const answer = await fetch(`api/workshop/calls/${call.number}`).catch(() => null);
  if (!shown.startsWith(`${call.number} `)) return; // another one has been chosen meanwhile
  if (!answer?.ok) {
    place.replaceChildren(element("p", { class: "small" }, say(answer ? "not_kept" : "failed")));
    return;
  }
  const whole = await answer.json();
  const earlier = whole.request.earlier ? [element("p", { class: "small" }, say("earlier", { count: whole.request.earlier }))] : [];
  place.replaceChildren(facts(whole), ...earlier, ...whole.request.messages.map(messageNode), ...said(whole.answer));
}

function facts({ request, answer }) {
  const usage = answer?.usage ?? {};
  const estimated = request.messages.reduce((sum, message) => sum + message.tokens, 0);
  const sent = usage.prompt_tokens === undefined ? say("about_tokens", { count: estimated }) : say("tokens", { count: usage.prompt_tokens });
  const cached = usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens;
  const rows = [
    [say("prompt_tokens"), sent],
    [say("cached_tokens"), cached === undefined ? null : say("tokens", { count: cached })],
    [say("answer_tokens"), usage.completion_tokens === undefined ? null : say("tokens", { count: usage.completion_tokens })],
  ];
  const times = answer?.ms ? [time(answer.ms), ...(answer.first_ms === null ? [] : [say("first_byte", { ms: time(answer.first_ms) })])] : [];
  return element(
    "dl",
    {},
    element("dt", {}, request.model),
    element("dd", {}, times.join(" · ")),
    ...rows.filter(([, value]) => value !== null).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

function messageNode({ role, text, tokens }) {
  return element(
    "article",
    { class: "said", "data-role": role },
    element("h3", {}, role, element("span", { class: "small" }, say("about_tokens", { count: tokens }))),
    element("p", {}, text),
  );
}

function said(answer) {
  if (!answer) return [];
  const parts = [[say("thinking"), answer.thinking], [say("answer"), answer.text], [say("failure"), answer.error]];
  return parts
    .filter(([, text]) => text)
    .map(([name, text]) => element("article", { class: "said", "data-role": "answer" }, element("h3", {}, name), element("p", {}, text)));
}
