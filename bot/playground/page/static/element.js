// Making elements. Strings become text nodes, never markup.

export function element(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// What says the same is left alone, or it would be read out again.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Something for the page to do; whoever asks need not know who does it.
export const ask = (node, kind, detail) => node.dispatchEvent(new CustomEvent(kind, { detail, bubbles: true }));

// Put other children in; the focus stays where it was, by data-key.
export function swap(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children);
  if (focused) container.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// Bring a node into view; whoever wants less motion gets there at once.
export function reveal(node) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  node.scrollIntoView({ block: "center", behavior });
}

export function safeAddress(address) {
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
    return ["http:", "https:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

export function link(address, ...children) {
  const href = safeAddress(address);
  if (!href) return element("span", {}, ...children);
  return element("a", { href, title: href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
