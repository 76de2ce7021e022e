// Addresses below the one that a page has come from.

export function address(path, query = {}) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) said.set(name, value);
  const text = said.toString();
  return text ? `${path}?${text}` : path;
}
