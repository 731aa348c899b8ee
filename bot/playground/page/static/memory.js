// What the browser keeps: choices for good, unsent texts as long as the tab is open. One that keeps nothing is fine too.

export function recall(key, store = "localStorage") {
  try {
    return window[store].getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value, store = "localStorage") {
  try {
    if (value) window[store].setItem(key, value);
    else window[store].removeItem(key);
  } catch {
    // forbidden or full: it lasts as long as the page
  }
}
