// Pictures in a message: one, or several as a grid.

import { element } from "./element.js";
import { showPictures } from "./lightbox.js";
import { words } from "./words.js";

export const address = (file) => `media/${encodeURIComponent(file)}`;

// ``photos``: { sizes, caption } each, ``id``: what the message is found by, if it has a name of its own.
export function album(photos) {
  const sources = photos.map(({ sizes, caption }) => ({ src: address(sizes.at(-1).file_id), alt: caption || words("photo") }));
  const picture = ({ sizes, id }, index) => {
    const { width, height } = sizes.at(-1);
    const { src, alt } = sources[index];
    return element(
      "button",
      { type: "button", class: "photo", "data-id": id, "data-key": `photo${index}`, "aria-label": alt, click: () => showPictures(sources, index) },
      element("img", { src, alt: "", width, height, loading: "lazy" }),
    );
  };
  return element("div", { class: photos.length > 1 ? `album of${Math.min(photos.length, 4)}` : "single" }, ...photos.map(picture));
}
