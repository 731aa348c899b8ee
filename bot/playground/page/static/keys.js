// Keys that work everywhere on the page; those of the text and of messages are theirs.

const isWriting = (node) => node.matches("input, textarea");

// ``doing``: toChat(step), bePerson(index), toText(), help().
export function openKeys(doing) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (!act(event, doing)) return;
    event.preventDefault();
  });
}

function act(event, { toChat, bePerson, toText, help }) {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.altKey && step) toChat(step);
  else if (event.altKey && /^Digit[1-9]$/.test(event.code)) bePerson(Number(event.code.slice(-1)) - 1);
  else if (event.key === "F1" || (event.key === "?" && !isWriting(event.target))) help();
  else if (event.key === "Escape" && !isWriting(event.target)) toText();
  else return false;
  return true;
}
