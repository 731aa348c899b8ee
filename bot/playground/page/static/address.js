// Addresses of Telegram that lead to something on this page.

import { world } from "./world.js";

// ``{ chat, message }`` for t.me/c/1000000001/5/123 and t.me/name/123, ``{ start }`` for the bot's own; or undefined.
export function destination(href) {
  const url = new URL(href);
  if (!["t.me", "telegram.me"].includes(url.host)) return undefined;
  const [first, ...rest] = url.pathname.split("/").filter(Boolean);
  const same = (username) => username?.toLowerCase() === first?.toLowerCase();
  if (same(world.bot.username)) return { start: url.searchParams.get("start") };
  const id = first === "c" ? Number(`-100${rest.shift()}`) : undefined;
  const chat = [...world.chats.values()].find((each) => (id ? each.id === id : same(each.username) && each.type !== "private"));
  const message = Number(rest.at(-1));
  return id || (chat && message) ? { chat, message } : undefined;
}
