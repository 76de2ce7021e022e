// Elements, made without markup: whatever a capture holds, it becomes text and nothing else.

export function make(name, options = {}, ...inner) {
  return fill(document.createElement(name), options, inner);
}

export function draw(name, attributes = {}, ...inner) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inner);
  return element;
}

// Pixels of one rem: the letters have the size that people choose.
export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export const byId = (id) => document.getElementById(id);

// `class`, `on` (listeners), `data`, `style` (custom properties) and attributes by their names; null leaves one out.
function fill(element, { class: classes, on, data, style, ...attributes }, inner) {
  if (classes) element.className = classes;
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
  for (const [key, value] of Object.entries(data ?? {})) element.dataset[key] = value;
  for (const [key, value] of Object.entries(style ?? {})) element.style.setProperty(key, value);
  for (const [key, value] of Object.entries(on ?? {})) element.addEventListener(key, value);
  element.append(...inner.filter((part) => part != null && part !== ""));
  return element;
}
