// What happened: time, who, where, what; the newest first.

import { draw, h } from "/play/dom.js";
import { choice, marked } from "/play/parts.js";
import { change, DAY, HOURS, moment, page, whoIs } from "/play/state.js";
import { inWords, t } from "/play/texts.js";

/** Draw the list of events. */
export function drawTimeline(root) {
  root.setAttribute("aria-label", t("timeline"));
  const kinds = ["all", "client", "staff", "bridge"].map((kind) => [kind, kind === "all" ? t("all") : t(`kind_${kind}`)]);
  const events = page.view.timeline.filter((one) => page.filter === "all" || one.who.kind === page.filter);
  draw(
    root,
    h("div", { class: "head" }, h("h2", {}, t("timeline"))),
    choice(t("timeline"), kinds, page.filter, (filter) => change({ filter })),
    h("ol", { class: "events", tabindex: 0, "aria-label": t("timeline") }, rows(events), events.length === 0 && h("li", { key: "quiet", class: "quiet" }, t("nothing_yet"))),
  );
}

function rows(events) {
  let day = "";
  const shown = [];
  for (const one of [...events].reverse()) {
    const its = moment(one.at, DAY);
    if (its !== day) shown.push(h("li", { key: `day-${one.n}`, class: "day-mark" }, its));
    day = its;
    shown.push(row(one));
  }
  return shown;
}

function row(one) {
  const gaps = { ...one.args };
  if ("value" in gaps) gaps.value = inWords(gaps.value);
  if (gaps.field === "status") gaps.field = t("status").toLowerCase();
  const place = one.where === "telegram" ? `${t("where_telegram")} · ${one.args.chat}` : t(`where_${one.where}`);
  return h(
    "li",
    { key: one.n, class: `event ${one.who.kind}` },
    h("time", { datetime: one.at }, moment(one.at, HOURS)),
    h("div", {}, h("p", { class: "by" }, h("b", {}, whoIs(one.who)), h("span", {}, place)), h("p", { class: "what" }, one.verb === "card.commented" ? marked(t(one.verb, gaps)) : t(one.verb, gaps))),
  );
}
