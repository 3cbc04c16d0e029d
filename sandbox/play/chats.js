// Telegram: the client's phone, and the chats of the team.

import { draw, h } from "/play/dom.js";
import { composer, face, icon, link, linked } from "/play/parts.js";
import { change, clientChat, DAY, doAct, follow, HOURS, moment, page, role, tell } from "/play/state.js";
import { t } from "/play/texts.js";

const LINK = /^https?:\/\/\S+$/;
const pressed = new Set(); // presses whose answers were not shown yet

/** Draw the client's phone. */
export function drawPhone(root) {
  const chats = page.view.telegram.chats.filter((one) => one.role === "client");
  const chat = clientChat();
  root.setAttribute("aria-label", t("phone"));
  draw(
    root,
    h("div", { class: "head" }, h("h2", {}, t("client")), h("span", { class: "source" }, "Telegram"), chats.length > 1 ? clientChoice(chats, chat) : chat && h("span", { class: "who" }, chat.title)),
    chat && phone(chat),
  );
  stayAtEnd(root, chat);
}

/** Draw the team's chats. */
export function drawTeam(root) {
  const chats = page.view.telegram.chats.filter((one) => one.role !== "client").sort((a, b) => (a.role === "group" ? -1 : b.role === "group" ? 1 : 0));
  const chat = chats.find((one) => one.id === page.chat) ?? chats[0];
  root.setAttribute("aria-label", t("team"));
  if (!chat) return draw(root, h("div", { class: "head" }, h("h2", {}, t("team"))));
  const sender = chat.role === "group" ? (chat.people.find((one) => one.id === role().telegram) ?? chat.people[0]) : { id: chat.id, name: chat.title };
  const label = t("message_as", { name: sender.name });
  const say = (text) => doAct("staff_types", chat.role === "group" ? { user: sender.id, text, chat: chat.id } : { user: sender.id, text });
  draw(
    root,
    h("div", { class: "head" }, h("h2", {}, t("place_team")), h("span", { class: "source" }, "Telegram")),
    h("div", { class: "tabs", role: "tablist", "aria-label": t("team"), onkeydown: walkTabs }, chats.map((one) => chatTab(one, one === chat))),
    h("div", { key: chat.id, class: "chat", id: "team-chat", role: "tabpanel", "aria-label": chat.title }, messages(chat, sender.id), composer(`say-${chat.id}`, label, t("send"), say)),
  );
  stayAtEnd(root, chat);
  showAnswers();
}

function clientChoice(chats, chat) {
  return h(
    "select",
    { "aria-label": t("client"), value: String(chat.id), onchange: (event) => change({ client: Number(event.currentTarget.value) }) },
    chats.map((one) => h("option", { key: one.id, value: one.id }, one.title)),
  );
}

function phone(chat) {
  const bot = page.view.telegram.bot;
  const say = (text) => (LINK.test(text) ? (follow(text, chat.id), null) : doAct("client_types", { chat: chat.id, text }));
  const fresh = chat.bot === "none" && chat.messages.length === 0;
  return h(
    "div",
    { key: chat.id, class: "phone" },
    h("div", { class: "phone-top", "aria-hidden": "true" }, h("span", {}, moment(page.view.clock.now, HOURS)), h("span", { class: "island" }), h("span", { class: "battery" })),
    h("div", { class: "talk-head" }, face(bot.name, "bridge"), h("div", {}, h("b", {}, bot.name), h("small", {}, chat.bot === "kicked" ? t("blocked") : t("bot"))), phoneMenu(chat)),
    page.pasting && pasteLink(chat),
    messages(chat, chat.id),
    chat.bot === "kicked"
      ? h("button", { key: "unblock", class: "wide", type: "button", onclick: () => doAct("unblock_bot", { chat: chat.id }) }, t("unblock"))
      : fresh
        ? h("button", { key: "start", class: "wide primary", type: "button", onclick: () => doAct("client_types", { chat: chat.id, text: "/start" }) }, t("start"))
        : composer(`say-${chat.id}`, t("message"), t("send"), say),
  );
}

function phoneMenu(chat) {
  const run = (doing) => (event) => {
    event.currentTarget.closest("details").open = false;
    doing();
  };
  const item = (name, doing) => h("button", { key: name, type: "button", onclick: run(doing) }, t(name));
  const number = page.view.planfix.contacts.flatMap((one) => one.phones)[0] ?? "+380440000000";
  const leave = (event) => {
    if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false;
  };
  return h(
    "details",
    { class: "menu", onfocusout: leave },
    h("summary", { "aria-label": t("more"), title: t("more") }, icon("more")),
    h(
      "div",
      { class: "menu-items" },
      item("open_link", () => change({ pasting: true })),
      item("share_phone", () => doAct("client_shares_contact", { chat: chat.id, phone: number })),
      chat.bot === "kicked" ? item("unblock", () => doAct("unblock_bot", { chat: chat.id })) : item("block", () => doAct("block_bot", { chat: chat.id })),
    ),
  );
}

function pasteLink(chat) {
  const open = (event) => {
    event.preventDefault();
    const href = event.currentTarget.elements.link.value.trim();
    if (!LINK.test(href)) return;
    change({ pasting: false });
    follow(href, chat.id);
  };
  return h(
    "form",
    { key: "paste", class: "paste", onsubmit: open },
    h("input", { name: "link", type: "url", "aria-label": t("link"), placeholder: t("link"), autocomplete: "off" }),
    h("button", { class: "primary small", type: "submit" }, t("open")),
    h("button", { class: "round plain", type: "button", "aria-label": t("cancel"), onclick: () => change({ pasting: false }) }, icon("close")),
  );
}

function chatTab(chat, chosen) {
  return h(
    "button",
    { key: chat.id, type: "button", role: "tab", "aria-selected": String(chosen), "aria-controls": "team-chat", tabindex: chosen ? 0 : -1, onclick: () => change({ chat: chat.id }) },
    chat.title,
  );
}

function walkTabs(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  const tabs = [...event.currentTarget.querySelectorAll("[role=tab]")];
  const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
  next.click();
  next.focus();
}

function messages(chat, me) {
  let day = "";
  const rows = [];
  for (const one of chat.messages.filter((each) => each.text || each.file || each.phone)) {
    const today = moment(one.at, DAY);
    if (today !== day) rows.push(h("li", { key: `day-${one.id}`, class: "day-mark" }, today));
    day = today;
    rows.push(bubble(chat, one, me));
  }
  const empty = h("li", { key: "quiet", class: "quiet" }, chat.role === "client" ? t("no_chat") : t("nothing_said"));
  return h("ol", { class: "messages", tabindex: 0, "aria-label": chat.title }, rows.length ? rows : empty);
}

function bubble(chat, one, me) {
  const mine = one.sender === me;
  return h(
    "li",
    { key: one.id, class: mine ? "bubble mine" : `bubble ${one.kind}` },
    !mine && chat.role === "group" && h("b", { class: "by" }, one.who),
    one.reply && h("p", { class: "reply" }, one.reply),
    one.file && h("a", { class: "file", href: one.file.href, target: "_blank", rel: "noopener" }, icon("clip"), h("span", {}, one.file.name)),
    (one.text || one.phone) && h("p", {}, one.text ? formatted(one, chat) : one.phone),
    h("time", { datetime: one.at }, one.edited ? `${t("edited")} ` : "", moment(one.at, HOURS)),
    one.buttons.length > 0 && h("div", { class: "keys" }, one.buttons.map((row, index) => h("div", { key: index, class: "keys-row" }, row.map((each, place) => key(chat, one, each, place))))),
  );
}

function key(chat, message, button, place) {
  const press = async () => {
    if (button.url) return follow(button.url, chat.role === "client" ? chat.id : undefined);
    const what = { message_id: message.id, button: button.data ?? button.text };
    const query =
      chat.role === "client"
        ? await doAct("client_presses", { chat: chat.id, ...what })
        : await doAct("staff_presses", chat.role === "group" ? { user: role().telegram ?? chat.people[0].id, chat: chat.id, ...what } : { user: chat.id, ...what });
    if (query) pressed.add(query);
  };
  return h("button", { key: place, type: "button", onclick: press }, button.text);
}

// The bot's answer to a press is shown in passing, as Telegram does.
function showAnswers() {
  for (const query of pressed) {
    const answer = page.view.telegram.answers[query];
    if (answer === undefined) continue;
    pressed.delete(query);
    if (answer) setTimeout(() => tell(answer));
  }
}

const TAGS = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "code", spoiler: "span", blockquote: "q" };

/** The message's text with its formatting; offsets count UTF-16 units, as JavaScript's strings do. */
function formatted(message, chat) {
  const reader = chat.role === "client" ? chat.id : undefined;
  const inside = (from, to, entities) => {
    const parts = [];
    let at = from;
    while (entities.length) {
      const [first, ...rest] = entities;
      const end = first.offset + first.length;
      const nested = rest.filter((one) => one.offset < end);
      parts.push(linked(message.text.slice(at, first.offset), reader), wrap(first, inside(first.offset, end, nested), message.text.slice(first.offset, end), reader));
      at = end;
      entities = rest.filter((one) => one.offset >= end);
    }
    return [...parts, linked(message.text.slice(at, to), reader)];
  };
  return inside(0, message.text.length, [...message.entities].sort((a, b) => a.offset - b.offset || b.length - a.length));
}

function wrap(entity, parts, text, reader) {
  if (entity.type === "text_link") return link(entity.url, text, reader);
  return TAGS[entity.type] ? h(TAGS[entity.type], {}, parts) : parts;
}

const seen = new WeakMap();

// A new message scrolls the chat to its end.
function stayAtEnd(root, chat) {
  const list = root.querySelector(".messages");
  const last = chat?.messages.at(-1)?.id;
  if (!list || seen.get(list) === last) return;
  seen.set(list, last);
  list.scrollTop = list.scrollHeight;
}
