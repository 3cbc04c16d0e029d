// Small pieces that several places of the page are made of.

import { h } from "/play/dom.js";
import { follow } from "/play/state.js";

const PATHS = {
  send: "M4 12 20 4l-5 16-3.5-6.5z M11.5 13.5 20 4",
  clip: "M8 12.5 14.5 6a3 3 0 0 1 4.2 4.2l-8 8a5 5 0 0 1-7-7l7.5-7.6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17 19 7",
  text: "M5 7h14M5 12h14M5 17h8",
  talk: "M5 6h14v9H11l-4 4v-4H5z",
  next: "M5 6l8 6-8 6zM18 6v12",
  columns: "M4 5h4v14H4zM10 5h4v9h-4zM16 5h4v11h-4z",
  handset: "M8 3h8v18H8zM11 18h2",
  people: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3 20c0-4 2.5-6 6-6s6 2 6 6M16 5.5a3 3 0 0 1 0 5.5M17 14c2.5.5 4 2.5 4 6",
  sheet: "M6 3h12v18H6zM9 8h6M9 12h6M9 16h3",
  list: "M5 6h.01M5 12h.01M5 18h.01M9 6h11M9 12h11M9 18h11",
};

/** A line drawing; the words beside it carry the meaning. */
export function icon(name) {
  return h("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, h("path", { d: PATHS[name] }));
}

/** A choice between few things, drawn as one bar of buttons. */
export function choice(label, options, chosen, choose) {
  const buttons = options.map(([value, text, hint]) =>
    h("button", { key: value, type: "button", "aria-pressed": String(value === chosen), title: hint, "aria-label": hint, onclick: () => choose(value) }, text),
  );
  return h("div", { class: "choice", role: "group", "aria-label": label }, buttons);
}

/** The first letters of a name in the colour of who it is. */
export function face(name, kind) {
  const letters = name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("");
  return h("span", { class: `face ${kind}`, "aria-hidden": "true" }, letters);
}

const LINKS = /(https?:\/\/[^\s<>"«»]+[^\s<>"«».,;:!?)])/;

/** Text with its addresses as links that open the way the reader would open them. */
export function linked(text, chat) {
  return text.split(LINKS).map((part, index) => (index % 2 ? link(part, part, chat) : part));
}

const FENCED = /^```\n([\s\S]*)\n```$/;
const MARKS = /\\([!-/:-@[-`{-~])|\*\*((?:\\.|[^\\])+?)\*\*|\[((?:\\.|[^\]\\])*)\]\((https?:[^)\s]+)\)/g;

/** Markdown as far as the bridge writes it, the way Trello shows it: bold, links, what is escaped, a block as it stands. */
export function marked(text) {
  const fenced = FENCED.exec(text);
  if (fenced) return h("code", {}, fenced[1]);
  const parts = [];
  let plain = "";
  let at = 0;
  const flush = () => {
    if (plain) parts.push(linked(plain));
    plain = "";
  };
  for (const found of text.matchAll(MARKS)) {
    const [whole, escaped, bold, title, href] = found;
    plain += text.slice(at, found.index) + (escaped ?? "");
    at = found.index + whole.length;
    if (bold === undefined && href === undefined) continue;
    flush();
    parts.push(bold === undefined ? link(href, unescaped(title)) : h("b", {}, marked(bold)));
  }
  plain += text.slice(at);
  flush();
  return parts;
}

const unescaped = (text) => text.replace(/\\([!-/:-@[-`{-~])/g, "$1");

/** A link that `follow` opens. */
export function link(href, text, chat) {
  const open = (event) => {
    event.preventDefault();
    follow(href, chat);
  };
  return h("a", { href, onclick: open }, text.length > 64 ? `${text.slice(0, 60)}…` : text);
}

/** A line to write and send; what is typed stays until it is sent. */
export function composer(key, label, words, send) {
  const submit = async (event) => {
    event.preventDefault();
    const box = event.currentTarget.elements.text;
    const text = box.value.trim();
    if (!text) return;
    box.value = "";
    grow(box);
    if ((await send(text)) === undefined && !box.value) box.value = text;
  };
  const type = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    event.currentTarget.form.requestSubmit();
  };
  return h(
    "form",
    { key, class: "composer", onsubmit: submit },
    h("textarea", { name: "text", rows: 1, "aria-label": label, placeholder: label, onkeydown: type, oninput: (event) => grow(event.currentTarget) }),
    h("button", { class: "round", type: "submit", "aria-label": words, title: words }, icon("send")),
  );
}

function grow(box) {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 120)}px`;
}

/** A dialog that is open exactly while `wanted`. */
export function showDialog(dialog, wanted, closed) {
  dialog.onclose = closed;
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  if (wanted && !dialog.open) {
    dialog.showModal();
    dialog.focus(); // not the first field, which would look as if it asked to be changed
  }
  if (!wanted && dialog.open) dialog.close();
}
