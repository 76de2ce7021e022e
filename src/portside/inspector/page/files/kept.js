// What pages remember, and the colours that they have by it.

export function colour(change) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = kept("theme") ?? (dark ? "dark" : "light");
  const next = change ? (now === "dark" ? "light" : "dark") : kept("theme");
  if (change) keep("theme", next);
  if (next) document.documentElement.dataset.theme = next;
}

// The browser may keep nothing for us; then it lasts as long as the page.
const session = new Map();
export function kept(name) {
  try { return session.get(name) ?? localStorage.getItem(`portside.${name}`) ?? undefined; } catch { return session.get(name); }
}
export function keep(name, value) {
  session.set(name, String(value));
  try { localStorage.setItem(`portside.${name}`, value); } catch { /* it is kept in `session` */ }
}
