// What the page knows: the last look at the sandbox, and the person's own choices, which outlive a reload.

import { act, look } from "/play/api.js";
import { t } from "/play/texts.js";

const KEPT = ["language", "theme", "place", "role", "filter"];

export const page = {
  view: null,
  lost: false,
  language: "uk",
  theme: "auto",
  place: "board",
  role: 1, // the employee one acts as
  filter: "all", // whose doings the timeline shows
  card: null, // the open card
  form: null, // the address of the open form
  client: null, // whose phone is shown
  chat: null, // which chat of the team is shown
  contact: null,
  task: null,
  adding: null, // the list that a new card is typed into
  newClient: false,
  pasting: false, // a link is being pasted into the phone
  drag: null, // {card, list, index, byKey}
  toasts: [],
};

const listeners = [];

/** Call `draw` after every change. */
export function onChange(draw) {
  listeners.push(draw);
}

/** Take over some choices and draw again. */
export function change(choices = {}) {
  Object.assign(page, choices);
  for (const name of KEPT) if (name in choices) keep(name, choices[name]);
  for (const draw of listeners) draw();
}

/** Bring back the choices of the last visit. */
export function remember() {
  for (const name of KEPT) {
    try {
      const kept = JSON.parse(localStorage.getItem(`play.${name}`) ?? "null");
      if (kept !== null) page[name] = kept;
    } catch {
      // Without storage the page starts fresh.
    }
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(`play.${name}`, JSON.stringify(value));
  } catch {
    // The choice holds until the page is closed.
  }
}

/** Look at the sandbox and draw what is new. */
export async function refresh() {
  try {
    const view = await look();
    if (view !== null || page.lost) change({ view: view ?? page.view, lost: false });
  } catch {
    if (!page.lost) change({ lost: true });
  }
}

/** Let a person act, then look; what cannot be done is said, and gives undefined. */
export async function doAct(name, given) {
  let result;
  try {
    result = (await act(name, given)) ?? null;
  } catch (error) {
    tell(error.message.replace(/^\w+(Error)?: /, ""));
  }
  await refresh();
  return result;
}

let toastNumber = 0;

/** Say something in passing. */
export function tell(text) {
  const toast = { key: ++toastNumber, text };
  change({ toasts: [...page.toasts, toast].slice(-3) });
  setTimeout(() => change({ toasts: page.toasts.filter((one) => one !== toast) }), 6000);
}

/** The employee one acts as, with their names in the other services. */
export function role() {
  const employees = page.view.planfix.employees;
  const employee = employees.find((one) => one.id === page.role) ?? employees[0];
  const first = employee?.name.split(" ")[0] ?? "";
  const members = page.view.boards.flatMap((board) => board.members).filter((one) => one.kind === "staff");
  const chats = page.view.telegram.chats.filter((one) => one.role === "staff");
  const member = members.find((one) => one.name.split(" ")[0] === first);
  return {
    id: employee?.id,
    trello: (member ?? members[0])?.username,
    standIn: member ? "" : (members[0]?.name ?? ""), // who acts in Trello for somebody who is not on the board
    telegram: chats.find((one) => one.title.split(" ")[0] === first)?.id,
  };
}

const SAFE = /^https?:\/\//;

/** Open a link the way the client would: the bot's in the chat, a form in the panel, anything else in a new tab. */
export function follow(href, chat) {
  const address = new URL(href, location.href);
  if (address.hostname === "t.me") {
    const reader = chat ?? clientChat()?.id;
    if (reader !== undefined) doAct("client_opens_link", { chat: reader, link: href });
    change({ place: "phone" });
  } else if (address.pathname.startsWith("/forms/")) {
    change({ form: address.pathname + address.search });
  } else if (SAFE.test(address.href)) {
    window.open(address.href, "_blank", "noopener");
  }
}

/** The chat of the client whose phone is shown. */
export function clientChat() {
  const chats = page.view.telegram.chats.filter((one) => one.role === "client");
  return chats.find((one) => one.id === page.client) ?? chats[0];
}

/** A moment of the sandbox in the zone of the agency. */
export function moment(at, shape) {
  const zone = page.view.clock.zone;
  return new Intl.DateTimeFormat(page.language, { timeZone: zone, ...shape }).format(new Date(at));
}

export const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
export const DAY = { weekday: "long", day: "numeric", month: "long" };
export const SHORT_DAY = { day: "numeric", month: "short" };

/** The word for who somebody is. */
export function whoIs(who) {
  return who.name || t(`kind_${who.kind}`);
}
