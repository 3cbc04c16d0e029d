// Draws trees of plain descriptions into the document and changes only what differs, so that focus, scroll position
// and half-typed texts survive a redraw.

const SVG = new Set(["svg", "path", "circle", "rect"]);

/** Describe an element. `key` tells it from its brothers; children may be nested lists, and empty ones are left out. */
export function h(tag, props, ...children) {
  const { key, ...rest } = props ?? {};
  return { tag, key, props: rest, children: flat(children) };
}

/** Make the children of `parent` look as described. */
export function draw(parent, ...children) {
  patch(parent, flat(children));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

function patch(parent, wanted) {
  const keyed = new Map();
  const loose = [];
  for (const node of parent.childNodes) {
    if (node.drawnKey !== undefined) keyed.set(node.drawnKey, node);
    else loose.push(node);
  }
  const kept = new Set();
  let cursor = parent.firstChild;
  for (const one of wanted) {
    const node = reuse(one, keyed, loose) ?? create(one);
    kept.add(node);
    while (cursor && cursor !== node && !kept.has(cursor) && !stillWanted(cursor, wanted)) {
      const gone = cursor;
      cursor = cursor.nextSibling;
      gone.remove();
    }
    if (cursor === node) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    update(node, one);
  }
  for (const node of [...parent.childNodes]) if (!kept.has(node)) node.remove();
}

function stillWanted(node, wanted) {
  return node.drawnKey === undefined || wanted.some((one) => one.key === node.drawnKey);
}

function reuse(one, keyed, loose) {
  if (one.key !== undefined) {
    const node = keyed.get(one.key);
    return node?.localName === one.tag ? node : undefined;
  }
  const fits = (node) => (one.tag ? node.localName === one.tag : node.nodeType === Node.TEXT_NODE);
  const at = loose.findIndex(fits);
  return at < 0 ? undefined : loose.splice(at, 1)[0];
}

function create(one) {
  if (!one.tag) return document.createTextNode("");
  const node = SVG.has(one.tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", one.tag)
    : document.createElement(one.tag);
  if (one.key !== undefined) node.drawnKey = one.key;
  if (["INPUT", "TEXTAREA"].includes(node.tagName)) node.addEventListener("input", () => { node.touched = true; });
  return node;
}

function update(node, one) {
  if (!one.tag) {
    const text = String(one);
    if (node.data !== text) node.data = text;
    return;
  }
  const before = node.drawn ?? {};
  node.drawn = one.props;
  for (const name of new Set([...Object.keys(before), ...Object.keys(one.props)])) {
    if (name !== "value" && name !== "checked") set(node, name, one.props[name], before[name]);
  }
  if (node.tagName !== "TEXTAREA") patch(node, one.children);
  setState(node, one.props);
}

function set(node, name, value, before) {
  if (name.startsWith("on")) node[name] = value ? (event) => void (name === "onchange" ? hold(node, value, event) : value(event)) : null; // a returned false would cancel the event
  else if (value === before) return;
  else if (name === "vars") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : value);
}

// What a person typed or chose is theirs until it is taken over: a look that was under way must not put the old value back.
async function hold(node, takeOver, event) {
  node.touched = true;
  try {
    await takeOver(event);
  } finally {
    node.touched = false;
    setState(node, node.drawn);
  }
}

function setState(node, props) {
  if (node.touched) return;
  if ("checked" in props && node.checked !== props.checked) node.checked = props.checked;
  if (!("value" in props)) return;
  const value = props.value ?? "";
  if (node.value !== value && (document.activeElement !== node || node.tagName === "SELECT")) node.value = value;
}
