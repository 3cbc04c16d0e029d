// The Trello board: lists, cards, a place to type a new one, and where a carried card would land.

import { draw, h } from "/play/dom.js";
import { byKey, watch } from "/play/drag.js";
import { face, icon } from "/play/parts.js";
import { change, doAct, moment, page, role, SHORT_DAY } from "/play/state.js";
import { t } from "/play/texts.js";

/** Draw the first board. */
export function drawBoard(root) {
  const board = page.view.boards[0];
  root.setAttribute("aria-label", t("board"));
  draw(
    root,
    h("div", { class: "head" }, h("h2", {}, board?.name ?? t("board")), h("span", { class: "source" }, "Trello"), roleChoice()),
    board && h("div", { class: "lists" }, board.lists.map((list) => column(board, list))),
  );
}

function roleChoice() {
  const options = page.view.planfix.employees.map((one) => h("option", { key: one.id, value: one.id }, `${one.name} · ${one.position}`));
  return h(
    "label",
    { class: "role" },
    h("span", {}, t("you_are")),
    h("select", { "aria-label": t("you_are"), value: String(role().id), onchange: (event) => change({ role: Number(event.currentTarget.value) }) }, options),
    role().standIn && h("small", {}, t("stand_in", { name: role().standIn })),
  );
}

function column(board, list) {
  const { drag } = page;
  const cards = list.cards.filter((one) => one.id !== drag?.card).map((one) => cardButton(board, list, one));
  if (drag) {
    const held = board.lists.flatMap((one) => one.cards).find((one) => one.id === drag.card);
    if (drag.list === list.id && held) cards.splice(drag.index, 0, landing(board, list, held, drag));
  }
  return h(
    "section",
    { key: list.id, class: drag?.list === list.id ? "list over" : "list", "data-list": list.id, "aria-label": list.name },
    h("h3", {}, h("span", {}, list.name), list.cards.length > 0 && h("span", { class: "count" }, String(list.cards.length))),
    h("div", { class: "cards" }, cards, cards.length === 0 && h("p", { key: "empty", class: "quiet" }, t("empty_list"))),
    page.adding === list.id ? newCard(list) : addButton(list),
  );
}

function landing(board, list, card, drag) {
  if (drag.byKey) return cardButton(board, list, card, "held");
  return h("div", { key: "landing", class: "landing" });
}

function cardButton(board, list, card, extra = "") {
  const labels = board.labels.filter((one) => card.labels.includes(one.id));
  const items = card.checklists.flatMap((one) => one.items);
  const done = items.filter((one) => one.done).length;
  return h(
    "button",
    {
      key: card.id,
      type: "button",
      class: `card ${extra}`,
      "data-card": card.id,
      "aria-describedby": "drag-help",
      onclick: () => change({ card: card.id }),
      onkeydown: (event) => byKey(event, card),
      onkeyup: (event) => event.key === " " && event.preventDefault(),
      onpointerdown: (event) => watch(event, card),
    },
    labels.length > 0 && h("span", { class: "labels" }, labels.map((one) => h("span", { key: one.id, class: "label", "data-color": one.color }, one.name))),
    h("span", { class: "name" }, card.name),
    h(
      "span",
      { class: "marks" },
      card.due && h("span", { class: card.done ? "mark done" : "mark" }, moment(card.due, SHORT_DAY)),
      card.attachments.length > 0 && mark("clip", card.attachments.length, t("attachments")),
      card.comments.length > 0 && mark("talk", card.comments.length, t("comments")),
      items.length > 0 && mark("check", `${done}/${items.length}`, t("checklists")),
      card.members.map((one) => face(one.name, "staff")),
    ),
  );
}

function mark(name, value, words) {
  return h("span", { class: "mark", title: words }, icon(name), h("span", { class: "unseen" }, words), String(value));
}

function addButton(list) {
  const open = () => {
    change({ adding: list.id });
    document.querySelector(".new-card input")?.focus();
  };
  return h("button", { key: "add", type: "button", class: "ghost-button", onclick: open, "aria-label": `${t("add_card")}: ${list.name}` }, icon("plus"), t("add"));
}

function newCard(list) {
  const add = async (event) => {
    event.preventDefault();
    const name = event.currentTarget.elements.name.value.trim();
    if (!name) return;
    if ((await doAct("create_card", { title: name, list: list.id, by: role().trello })) !== undefined) change({ adding: null });
  };
  const leave = (event) => event.key === "Escape" && change({ adding: null });
  return h(
    "form",
    { key: "new", class: "new-card", onsubmit: add, onkeydown: leave },
    h("input", { name: "name", "aria-label": t("card_name"), placeholder: t("card_name"), autocomplete: "off" }),
    h("div", { class: "row" }, h("button", { class: "primary small", type: "submit" }, t("add")), h("button", { class: "small", type: "button", onclick: () => change({ adding: null }) }, t("cancel"))),
  );
}
