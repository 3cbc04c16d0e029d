// What can be told of a page's accessibility without a person: names, references, contrast. Gives a list of faults.
() => {
  const faults = [];
  const shown = (node) => node.checkVisibility({ checkVisibilityCSS: true });
  const said = (node) => `${node.localName}.${node.className || ""} ${JSON.stringify((node.textContent || "").trim().slice(0, 40))}`;
  const labels = (node) => [...(node.labels ?? [])].map((one) => one.textContent).join("");
  const content = (node) => (node.matches("input, select, textarea") ? "" : node.textContent.trim());
  const name = (node) => node.getAttribute("aria-label") || labels(node) || content(node) || node.title;

  if (!document.documentElement.lang) faults.push("the page names no language");
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not exactly one h1");
  for (const node of document.querySelectorAll("button, a, input, select, textarea, iframe, dialog[open], [role=tablist], summary")) {
    if (shown(node) && !name(node)) faults.push(`no name: ${said(node)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`two things have the id ${id}`);
  for (const node of document.querySelectorAll("[aria-describedby], [aria-controls]")) {
    for (const id of (node.getAttribute("aria-describedby") ?? node.getAttribute("aria-controls")).split(" ")) {
      if (!document.getElementById(id)) faults.push(`nothing has the id ${id}`);
    }
  }

  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = color;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [255, 255, 255, 1];
  };
  const light = (color) => {
    const [r, g, b] = color.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const node of document.querySelectorAll("body *")) {
    const texts = [...node.childNodes].filter((one) => one.nodeType === 3 && one.data.trim());
    if (!texts.length || !shown(node) || node.closest(".unseen, [aria-hidden=true], noscript")) continue;
    const [dark, bright] = [light(rgba(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${said(node)}`);
  }
  return faults;
};
