// Talks to the sandbox. Every act is followed by a fresh look, so what it led to shows at once.

let tag = "";
let underWay = null;
let next = null;

/**
 * What the four services look like now; null when nothing changed since the last look. Throws when out of reach.
 * A look that is asked for while another is under way begins after it, since that one may show what was before.
 */
export function look() {
  if (underWay === null) {
    underWay = fetchView().finally(() => (underWay = null));
    return underWay;
  }
  next ??= underWay
    .catch(() => null)
    .then(() => {
      next = null;
      return look();
    });
  return next;
}

async function fetchView() {
  const answer = await fetch("/sandbox/view", { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`);
  tag = answer.headers.get("ETag") ?? "";
  return await answer.json();
}

/** Do what a person does, e.g. act("drag_card", {card, list}). Throws with the sandbox's words when it cannot be done. */
export async function act(name, given = {}) {
  return (await post("/sandbox/act", { act: name, ...given })).result;
}

/** Move the clock on: {advance_seconds} or {to: "next-timer"}. */
export async function moveClock(how) {
  return post("/sandbox/clock", how);
}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error ?? `HTTP ${answer.status}`);
  return told;
}
