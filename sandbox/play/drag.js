// Carrying a card to another place: with the mouse, by a long press on a touch screen, or by keys.

import { change, doAct, page, role } from "/play/state.js";
import { t } from "/play/texts.js";

const STEP = 6; // pixels before a press becomes a drag
const LONG_PRESS = 260; // milliseconds before a finger takes the card instead of scrolling

let carried = null; // {card, ghost, dx, dy}

/** Begin to watch a pointer that went down on a card. */
export function watch(event, card) {
  if (event.button !== 0 || !event.isPrimary) return;
  const node = event.currentTarget;
  const start = { x: event.clientX, y: event.clientY };
  const touch = event.pointerType === "touch";
  let timer = touch ? setTimeout(() => take(node, card, start), LONG_PRESS) : null;

  const move = (next) => {
    const far = Math.hypot(next.clientX - start.x, next.clientY - start.y) > STEP;
    if (carried) carry(next);
    else if (far && touch) end();
    else if (far) take(node, card, start), carry(next);
  };
  const up = () => {
    const dropped = carried && page.drag;
    end();
    if (dropped) drop();
  };
  // A finger that carries a card does not scroll. Touches stay with the node they began on, even out of the page.
  const hold = (next) => carried && next.preventDefault();
  const end = () => {
    clearTimeout(timer);
    node.removeEventListener("touchmove", hold);
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", up);
    window.removeEventListener("pointercancel", cancel);
    window.removeEventListener("keydown", escape, true);
    release();
  };
  const cancel = () => {
    end();
    change({ drag: null });
  };
  const escape = (pressed) => {
    if (pressed.key !== "Escape") return;
    pressed.preventDefault();
    cancel();
  };
  node.addEventListener("touchmove", hold, { passive: false });
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", up);
  window.addEventListener("pointercancel", cancel);
  window.addEventListener("keydown", escape, true);
}

function take(node, card, start) {
  const box = node.getBoundingClientRect();
  const ghost = node.cloneNode(true);
  ghost.classList.add("ghost");
  ghost.removeAttribute("id");
  ghost.style.width = `${box.width}px`;
  ghost.style.height = `${box.height}px`;
  ghost.style.left = `${box.left}px`;
  ghost.style.top = `${box.top}px`;
  document.body.append(ghost);
  document.body.classList.add("dragging");
  carried = { card, ghost, dx: start.x - box.left, dy: start.y - box.top };
  const home = placeOf(card.id);
  change({ drag: { card: card.id, ...home } });
}

function carry(event) {
  event.preventDefault();
  carried.ghost.style.left = `${event.clientX - carried.dx}px`;
  carried.ghost.style.top = `${event.clientY - carried.dy}px`;
  scrollNear(event.clientX);
  const list = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-list]");
  if (!list) return;
  const others = [...list.querySelectorAll(".card[data-card]")].filter((one) => one.dataset.card !== carried.card.id);
  const index = others.filter((one) => middle(one) < event.clientY).length;
  const drag = page.drag;
  if (drag && (drag.list !== list.dataset.list || drag.index !== index)) change({ drag: { ...drag, list: list.dataset.list, index } });
}

function middle(node) {
  const box = node.getBoundingClientRect();
  return box.top + box.height / 2;
}

function scrollNear(x) {
  const lists = document.querySelector(".lists");
  const box = lists.getBoundingClientRect();
  if (x > box.right - 48) lists.scrollLeft += 14;
  if (x < box.left + 48) lists.scrollLeft -= 14;
}

function release() {
  if (!carried) return;
  carried.ghost.remove();
  document.body.classList.remove("dragging");
  carried = null;
  // The click that ends a drag opens nothing.
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, true));
}

function swallow(event) {
  event.stopPropagation();
  event.preventDefault();
}

document.addEventListener("contextmenu", (event) => carried && event.preventDefault());

/** What a key does to a card that has the focus; gives whether it did anything. */
export function byKey(event, card) {
  const drag = page.drag;
  if (event.key === " ") {
    event.preventDefault();
    if (drag) drop();
    else {
      const home = placeOf(card.id);
      change({ drag: { card: card.id, ...home, byKey: true } });
      say(t("picked", { card: card.name, list: lists().find((one) => one.id === home.list).name }));
    }
  } else if (drag && event.key === "Escape") {
    change({ drag: null });
    say(t("drag_cancelled"));
  } else if (drag && event.key.startsWith("Arrow")) {
    event.preventDefault();
    shift(event.key);
  }
}

function shift(key) {
  const { drag } = page;
  const all = lists();
  const at = all.findIndex((one) => one.id === drag.list);
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const list = all[Math.min(all.length - 1, Math.max(0, at + sideways))];
  const places = list.cards.filter((one) => one.id !== drag.card).length;
  const upright = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
  const index = Math.min(places, Math.max(0, drag.index + upright));
  change({ drag: { ...drag, list: list.id, index } });
  say(t("over", { list: list.name, place: index + 1 }));
  document.querySelector(".card.held")?.focus();
}

/** Put the card where it is held, at once on the page and then in Trello. */
async function drop() {
  const { drag } = page;
  const home = placeOf(drag.card);
  const goal = lists().find((one) => one.id === drag.list);
  const others = goal.cards.filter((one) => one.id !== drag.card);
  const pos = position(others[drag.index - 1], others[drag.index]);
  if (home.list === drag.list && home.index === drag.index) {
    change({ drag: null });
    return;
  }
  const from = lists().find((one) => one.id === home.list);
  const [card] = from.cards.splice(from.cards.findIndex((one) => one.id === drag.card), 1);
  goal.cards.splice(drag.index, 0, card);
  change({ drag: null });
  const button = document.querySelector(`.card[data-card="${card.id}"]`);
  if (drag.byKey) button?.focus();
  say(t("dropped", { list: goal.name }));
  await doAct("drag_card", { card: card.id, list: goal.id, by: role().trello, pos });
}

function position(before, after) {
  if (!before) return "top";
  return after ? String((before.pos + after.pos) / 2) : "bottom";
}

function placeOf(card) {
  const list = lists().find((one) => one.cards.some((each) => each.id === card));
  return { list: list.id, index: list.cards.findIndex((one) => one.id === card) };
}

function lists() {
  return page.view.boards[0].lists;
}

function say(text) {
  document.getElementById("spoken").textContent = text;
}
