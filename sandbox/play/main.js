// Puts the page together: the head with the clock, the five places, and a look at the sandbox every second.

import { moveClock } from "/play/api.js";
import { drawBoard } from "/play/board.js";
import { drawCard } from "/play/card.js";
import { drawPhone, drawTeam } from "/play/chats.js";
import { drawCrm, drawForm } from "/play/crm.js";
import { draw, h } from "/play/dom.js";
import { choice, icon } from "/play/parts.js";
import { change, DAY, HOURS, moment, onChange, page, refresh, remember, SHORT_DAY, tell } from "/play/state.js";
import { LANGUAGES, speak, t } from "/play/texts.js";
import { drawTimeline } from "/play/timeline.js";

const EVERY = 1000; // milliseconds between two looks
const PLACES = { board: "columns", planfix: "sheet", phone: "handset", team: "people", timeline: "list" };
const at = (id) => document.getElementById(id);

function drawAll() {
  speak(page.language);
  const root = document.documentElement;
  root.lang = page.language;
  root.dataset.theme = page.theme;
  root.dataset.place = page.place;
  document.title = t("title");
  at("drag-help").textContent = t("drag_help");
  drawHead(at("top"));
  drawPlaces(at("places"));
  draw(at("toasts"), page.lost && h("p", { key: "lost", class: "lost" }, t("lost")), page.toasts.map((one) => h("p", { key: one.key }, one.text)));
  if (!page.view) return;
  drawBoard(at("board"));
  drawCrm(at("planfix"));
  drawPhone(at("phone"));
  drawTeam(at("team"));
  drawTimeline(at("timeline"));
  drawCard(at("card"));
  drawForm(at("form"));
}

function drawHead(root) {
  const themes = { auto: "◐", light: "○", dark: "●" };
  draw(
    root,
    h("div", { class: "brand" }, h("h1", {}, t("title")), h("p", {}, t("tagline"))),
    page.view && clock(),
    h(
      "div",
      { class: "settings" },
      choice(t("language"), LANGUAGES.map((one) => [one, one, t(one)]), page.language, (language) => change({ language })),
      choice(t("theme"), Object.entries(themes).map(([one, sign]) => [one, sign, t(`theme_${one}`)]), page.theme, (theme) => change({ theme })),
    ),
  );
}

function clock() {
  const { now, next } = page.view.clock;
  return h(
    "div",
    { class: "clock", role: "group", "aria-label": t("clock") },
    h("p", { class: "now" }, h("time", { class: "time", datetime: now }, moment(now, HOURS)), h("span", { class: "date" }, moment(now, DAY)), next && h("span", { class: "following" }, t("following", { when: when(next, now) }))),
    h(
      "div",
      { class: "steps" },
      h("button", { type: "button", onclick: () => move({ advance_seconds: 3600 }) }, t("hour")),
      h("button", { type: "button", onclick: () => move({ advance_seconds: 86400 }) }, t("day")),
      h("button", { class: "primary", type: "button", onclick: () => move({ to: "next-timer" }) }, icon("next"), t("next")),
    ),
  );
}

function when(next, now) {
  const sameDay = moment(next, SHORT_DAY) === moment(now, SHORT_DAY);
  return sameDay ? moment(next, HOURS) : `${moment(next, SHORT_DAY)}, ${moment(next, HOURS)}`;
}

async function move(how) {
  try {
    const told = await moveClock(how);
    if (told.message) tell(told.message);
  } catch (error) {
    tell(how.to ? t("no_next") : error.message);
  }
  await refresh();
}

function drawPlaces(root) {
  root.setAttribute("aria-label", t("places"));
  draw(
    root,
    Object.entries(PLACES).map(([place, sign]) =>
      h("button", { key: place, type: "button", "aria-current": page.place === place ? "page" : undefined, onclick: () => change({ place }) }, icon(sign), h("span", {}, t(`place_${place}`))),
    ),
  );
}

remember();
onChange(drawAll);
drawAll();
await refresh();
setInterval(() => document.hidden || refresh(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
