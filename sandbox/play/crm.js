// Planfix: the client's contact and tasks, their buttons, and the form.

import { draw, h } from "/play/dom.js";
import { composer, face, icon, linked, showDialog } from "/play/parts.js";
import { change, doAct, HOURS, moment, page, role, SHORT_DAY, tell } from "/play/state.js";
import { inWords, t } from "/play/texts.js";

/** Draw the Planfix panel. */
export function drawCrm(root) {
  const { contacts, tasks } = page.view.planfix;
  const contact = contacts.find((one) => one.id === page.contact) ?? contacts.at(-1);
  const own = tasks.filter((one) => !contact || one.contact === contact.id || one.contact === null);
  const task = own.find((one) => one.id === page.task) ?? own[0];
  root.setAttribute("aria-label", t("planfix"));
  const open = () => {
    change({ newClient: true });
    root.querySelector(".new-client input")?.focus();
  };
  draw(
    root,
    h(
      "div",
      { class: "head" },
      h("h2", {}, "Planfix"),
      contact && contactChoice(contacts, contact),
      contact && h("button", { class: "round", type: "button", onclick: open, "aria-label": t("new_client"), title: t("new_client") }, icon("plus")),
    ),
    h(
      "div",
      { class: "scroll" },
      page.newClient && newClient(),
      !contact && !page.newClient && h("div", { key: "first", class: "invite" }, h("p", {}, t("no_clients")), h("button", { class: "primary", type: "button", onclick: open }, t("new_client"))),
      contact && taskPart(own, task, contact),
      contact && contactPart(contact),
      formPart(),
    ),
  );
}

function contactChoice(contacts, contact) {
  return h(
    "select",
    { class: "grow", "aria-label": t("contact"), value: String(contact.id), onchange: (event) => change({ contact: Number(event.currentTarget.value), task: null }) },
    contacts.map((one) => h("option", { key: one.id, value: one.id }, one.name)),
  );
}

function newClient() {
  const create = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget));
    if (!given.name.trim()) return;
    const by = role().id;
    const contact = await doAct("create_contact", { title: given.name.trim(), phone: given.phone.trim(), by, fields: { Мова: given.language } });
    if (contact === undefined) return;
    const fields = given.project.trim() ? { Проєкт: given.project.trim() } : {};
    const task = await doAct("create_task", { title: given.project.trim() || given.name.trim(), contact, by, fields });
    change({ newClient: false, contact, task: task ?? null });
  };
  const input = (name, label, more = {}) => h("label", { class: "field" }, h("span", {}, label), h("input", { name, autocomplete: "off", ...more }));
  return h(
    "form",
    { key: "new-client", class: "new-client", onsubmit: create },
    h("h3", {}, t("new_client")),
    h("p", { class: "quiet" }, t("new_client_help")),
    input("name", t("company"), { required: true }),
    input("phone", t("phone_number"), { type: "tel" }),
    input("project", t("project")),
    h("label", { class: "field" }, h("span", {}, t("tongue")), h("select", { name: "language" }, ["uk", "ru", "en"].map((one) => h("option", { key: one, value: one }, t(one))))),
    h("div", { class: "row" }, h("button", { class: "primary", type: "submit" }, t("create")), h("button", { type: "button", onclick: () => change({ newClient: false }) }, t("cancel"))),
  );
}

function taskPart(tasks, task, contact) {
  const add = async () => {
    const made = await doAct("create_task", { title: contact.name, contact: contact.id, template: "Комунікація", by: role().id });
    if (made !== undefined) change({ task: made });
  };
  return h(
    "section",
    { key: "tasks", class: "block" },
    h(
      "div",
      { class: "tabs small-tabs", role: "group", "aria-label": t("deals") },
      tasks.map((one) => h("button", { key: one.id, type: "button", "aria-pressed": String(one === task), onclick: () => change({ task: one.id }) }, one.template || one.name)),
      h("button", { key: "add", class: "plus", type: "button", "aria-label": t("new_task"), title: t("new_task"), onclick: add }, icon("plus")),
    ),
    task ? taskBody(task) : h("p", { class: "quiet" }, t("no_tasks")),
  );
}

function taskBody(task) {
  const { buttons } = page.view.planfix;
  const by = role().id;
  const press = async (button) => {
    if ((await doAct("press_planfix_button", { task: task.id, button, by })) !== undefined) tell(t("pressed", { button }));
  };
  return h(
    "div",
    { key: task.id, class: "fields" },
    h("p", { class: "name" }, task.name, task.assignees.map((one) => face(one, "staff"))),
    buttons.length > 0
      ? h("div", { class: "row", role: "group", "aria-label": t("actions") }, buttons.map((one) => h("button", { key: one, class: "primary", type: "button", onclick: () => press(one) }, one)))
      : h("p", { class: "quiet" }, t("no_buttons")),
    task.statuses.length > 0 &&
      h(
        "label",
        { class: "field" },
        h("span", {}, t("status")),
        h("select", { value: task.status, onchange: (event) => doAct("set_task_status", { task: task.id, status: event.currentTarget.value, by }) }, task.statuses.map((one) => h("option", { key: one, value: one }, one))),
      ),
    task.fields.filter((one) => !buttons.includes(one.name)).map((one) => field(one, (value) => doAct("set_planfix_field", { task: task.id, field: String(one.id), value, by }))),
    task.files.map((one) => h("a", { key: `file-${one.id}`, class: "file", href: one.href, target: "_blank", rel: "noopener" }, icon("clip"), h("span", {}, one.name))),
    composer(`comment-${task.id}`, t("comment"), t("send"), (text) => doAct("comment_task", { task: task.id, text, by })),
    h("ul", { class: "remarks" }, [...task.comments].reverse().map(remark)),
  );
}

function remark(one) {
  return h(
    "li",
    { key: one.id, class: "remark" },
    face(one.name, one.kind),
    h("div", {}, h("p", { class: "by" }, h("b", {}, one.name), " ", h("time", { datetime: one.at }, `${moment(one.at, SHORT_DAY)}, ${moment(one.at, HOURS)}`)), h("p", { class: "said" }, linked(one.text))),
  );
}

function contactPart(contact) {
  const by = role().id;
  return h(
    "section",
    { key: `contact-${contact.id}`, class: "block" },
    h("h3", {}, `${t("contact")}: ${contact.name}`),
    contact.phones.map((one) => h("p", { key: one, class: "quiet" }, one)),
    contact.fields.map((one) => field(one, (value) => doAct("set_contact_field", { contact: contact.id, field: String(one.id), value, by }))),
  );
}

function field(one, save) {
  const leave = (event) => {
    const box = event.currentTarget;
    return save(box.type === "checkbox" ? box.checked : box.value.trim() === "" ? null : box.value.trim());
  };
  const value = one.value === null || one.value === undefined ? "" : String(one.value);
  if (one.type === "checkbox") {
    return h("label", { key: one.id, class: "switch" }, h("input", { type: "checkbox", role: "switch", checked: one.value === true, onchange: leave }), h("span", {}, one.name));
  }
  const control =
    one.type === "list"
      ? h("select", { value, onchange: leave }, h("option", { value: "" }, t("not_chosen")), one.choices.map((each) => h("option", { key: each, value: each }, inWords(each))))
      : one.type === "paragraph"
        ? h("textarea", { rows: 2, value, onchange: leave })
        : h("input", { value: one.type === "date" ? value.slice(0, 10) : value, type: one.type === "date" ? "date" : "text", inputmode: one.type === "number" ? "decimal" : undefined, onchange: leave, autocomplete: "off" });
  return h("label", { key: one.id, class: one.type === "paragraph" ? "field tall" : "field" }, h("span", {}, one.name), control);
}

function formPart() {
  const rows = page.view.forms.map((one) =>
    h(
      "div",
      { key: one.id, class: "row" },
      one.open ? h("button", { type: "button", onclick: () => change({ form: one.href }) }, icon("sheet"), t("form_open", { form: one.title })) : h("span", { class: "quiet" }, t("form_closed", { form: one.title })),
      h("small", { class: "quiet" }, t("answers", { n: one.responses })),
    ),
  );
  return rows.length > 0 && h("section", { key: "forms", class: "block" }, h("h3", {}, "Google Forms"), rows);
}

/** Draw the open form into its dialog, or close it. */
export function drawForm(dialog) {
  dialog.setAttribute("aria-label", t("form"));
  const href = page.form && `${page.form}${page.form.includes("?") ? "&" : "?"}hl=${page.language}`;
  draw(
    dialog,
    href &&
      h(
        "div",
        { key: page.form, class: "inside" },
        h(
          "div",
          { class: "sheet-head" },
          h("h2", {}, t("form")),
          h("a", { href, target: "_blank", rel: "noopener" }, t("new_tab")),
          h("button", { class: "round plain", type: "button", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close")),
        ),
        h("iframe", { src: href, title: t("form") }),
      ),
  );
  showDialog(dialog, Boolean(href), () => change({ form: null }));
}
