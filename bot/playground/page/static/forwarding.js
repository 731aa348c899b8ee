// Where a message is passed on to.

import { element } from "./element.js";
import { face } from "./message.js";
import { partner } from "./place.js";
import { topicsOf } from "./topics.js";
import { words } from "./words.js";

const by = (id) => document.getElementById(id);

// ``forward(chat, topic)`` is called with what is chosen, if anything is.
export function chooseTarget(chats, forward) {
  const choice = (chat, topic) => {
    const choose = () => {
      by("forwarding").close();
      forward(chat, topic?.id);
    };
    const name = topic ? `${partner(chat).name} · ${topic.name}` : partner(chat).name;
    return element("button", { type: "button", click: choose }, face(partner(chat)), element("span", {}, name));
  };
  by("targets").replaceChildren(...chats.flatMap((chat) => [choice(chat), ...topicsOf(chat).map((topic) => choice(chat, topic))]));
  by("forwarding").setAttribute("aria-label", words("forward_to"));
  by("forwarding").showModal();
  by("targets").firstElementChild.focus();
}
