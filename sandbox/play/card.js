// One card, opened: its list, labels, fields, checklists, files and comments.

import { draw, h } from "/play/dom.js";
import { composer, face, icon, marked, showDialog } from "/play/parts.js";
import { change, doAct, HOURS, moment, page, role, SHORT_DAY } from "/play/state.js";
import { t } from "/play/texts.js";

/** Draw the open card into its dialog, or close it. */
export function drawCard(dialog) {
  const board = page.view.boards.find((one) => one.lists.some((list) => list.cards.some((card) => card.id === page.card)));
  const list = board?.lists.find((one) => one.cards.some((card) => card.id === page.card));
  const card = list?.cards.find((one) => one.id === page.card);
  if (card) {
    dialog.setAttribute("aria-label", card.name);
    draw(dialog, h("div", { key: card.id, class: "inside" }, heading(dialog, card), body(board, list, card)));
  }
  showDialog(dialog, Boolean(card), () => change({ card: null }));
}

function heading(dialog, card) {
  const rename = async (event) => {
    const box = event.currentTarget;
    const name = box.value.trim();
    if (name && name !== card.name) await doAct("edit_card", { card: card.id, name, by: role().trello });
  };
  return h(
    "div",
    { class: "sheet-head" },
    h("input", { class: "title", "aria-label": t("card_name"), value: card.name, onchange: rename }),
    h("button", { class: "round plain", type: "button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close")),
  );
}

function body(board, list, card) {
  const by = role().trello;
  const move = (event) => doAct("drag_card", { card: card.id, list: event.currentTarget.value, by });
  return [
    h(
      "label",
      { class: "field" },
      h("span", {}, t("in_list")),
      h("select", { value: list.id, onchange: move }, board.lists.map((one) => h("option", { key: one.id, value: one.id }, one.name))),
    ),
    h("div", { class: "field", role: "group", "aria-label": t("labels") }, h("span", {}, t("labels")), h("div", { class: "chips" }, board.labels.map((one) => labelChip(card, one, by)))),
    board.fields.map((one) => customField(card, one, by)),
    description(card, by),
    card.checklists.map((one) => checklist(card, one, by)),
    files(card),
    comments(card, by),
    h("button", { class: "small", type: "button", onclick: () => doAct("archive_card", { card: card.id, by }) }, t("archive")),
  ];
}

function labelChip(card, label, by) {
  const on = card.labels.includes(label.id);
  const toggle = () => doAct(on ? "unlabel_card" : "label_card", { card: card.id, label: label.id, by });
  return h("button", { key: label.id, type: "button", class: "label big", "data-color": label.color, "aria-pressed": String(on), onclick: toggle }, on && icon("check"), label.name);
}

function customField(card, field, by) {
  const save = async (event) => {
    const box = event.currentTarget;
    const value = box.type === "checkbox" ? String(box.checked) : box.value.trim();
    await doAct("set_custom_field", { card: card.id, field: field.id, value: value || null, by });
  };
  const value = card.fields[field.id] ?? "";
  const control =
    field.type === "list"
      ? h("select", { value, onchange: save }, h("option", { value: "" }, t("not_chosen")), field.choices.map((one) => h("option", { key: one, value: one }, one)))
      : field.type === "checkbox"
        ? h("input", { type: "checkbox", checked: value === "true", onchange: save })
        : h("input", { value, onchange: save, autocomplete: "off" });
  return h("label", { key: `field-${field.id}`, class: "field" }, h("span", {}, field.name), control);
}

function description(card, by) {
  const save = async (event) => {
    const box = event.currentTarget;
    await doAct("edit_card", { card: card.id, desc: box.value, by });
  };
  return h("label", { class: "field tall" }, h("span", {}, t("description")), h("textarea", { rows: 3, value: card.desc, onchange: save }));
}

function checklist(card, list, by) {
  const items = list.items.map((one) =>
    h(
      "label",
      { key: one.id, class: "tick" },
      h("input", { type: "checkbox", checked: one.done, onchange: (event) => doAct("tick_item", { card: card.id, item: one.id, by, done: event.currentTarget.checked }) }),
      h("span", {}, one.name),
    ),
  );
  return h("section", { key: `list-${list.id}`, class: "block" }, h("h3", {}, list.name), items);
}

function files(card) {
  const rows = card.attachments.map((one) =>
    h("a", { key: one.id, class: "file", href: one.href, target: "_blank", rel: "noopener" }, icon("clip"), h("span", {}, one.name), one.size !== null && h("small", {}, size(one.size))),
  );
  return h("section", { key: "files", class: "block" }, h("h3", {}, t("attachments")), rows, rows.length === 0 && h("p", { class: "quiet" }, t("no_attachments")));
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function comments(card, by) {
  const rows = [...card.comments].reverse().map((one) =>
    h(
      "li",
      { key: one.id, class: "remark" },
      face(one.who, one.kind),
      h("div", {}, h("p", { class: "by" }, h("b", {}, one.who), " ", h("time", { datetime: one.at }, `${moment(one.at, SHORT_DAY)}, ${moment(one.at, HOURS)}`)), h("p", { class: "said" }, marked(one.text))),
    ),
  );
  return h(
    "section",
    { key: "comments", class: "block" },
    h("h3", {}, t("comments")),
    composer("comment", t("comment"), t("send"), (text) => doAct("comment_card", { card: card.id, text, by })),
    h("ul", { class: "remarks" }, rows),
  );
}
