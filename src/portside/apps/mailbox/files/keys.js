// The keyboard. Nothing is taken from a field that somebody writes in, nor from the browser's own combinations.

export function onKeys(does) {
  const keys = {
    ArrowDown: does.next, j: does.next, ArrowUp: does.before, k: does.before,
    PageDown: () => does.page(1), PageUp: () => does.page(-1), Home: does.first, End: does.last,
    Enter: does.open, "/": does.find, u: does.unread, d: does.remove, Delete: does.remove, r: does.release, t: does.theme,
    "?": () => document.getElementById("keys").togglePopover(),
  };
  for (let number = 0; number < 5; number += 1) keys[number + 1] = () => does.tab(number);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector(":popover-open")) return;
    const writing = event.target.matches("input, textarea, select");
    if (event.key === "Escape") {
      if (writing && event.target.value) { event.target.value = ""; event.target.dispatchEvent(new Event("input")); } else does.close();
      if (writing) event.target.blur();
      return;
    }
    if (writing) {
      if (event.key === "Enter" || event.key === "ArrowDown") { document.getElementById("list").focus(); event.preventDefault(); }
      return;
    }
    const pressed = event.target.matches("button, a") && event.key === "Enter";
    const scrolls = event.target.closest(".pane") && /^(Arrow|Page|Home|End)/.test(event.key);
    if (pressed || scrolls || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
}
