// The keyboard. Nothing is taken from a field that somebody writes in, nor from the browser's own combinations.

export function onKeys(does) {
  const keys = {
    ArrowDown: does.next, j: does.next, ArrowUp: does.before, k: does.before,
    PageDown: () => does.page(1), PageUp: () => does.page(-1), Home: does.first, End: does.last,
    Enter: does.open, ArrowRight: does.unfold, ArrowLeft: does.fold,
    "[": () => does.packet(-1), "]": () => does.packet(1), a: does.question, o: does.only, "/": does.find,
    c: does.sidebar, f: does.follow, t: does.theme, "+": () => does.resize(1), "-": () => does.resize(-1),
    "?": () => document.getElementById("keys").togglePopover(),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const writing = event.target.matches("input, textarea, select");
    if (event.key === "Escape") {
      if (document.querySelector(":popover-open")) return;
      if (writing) event.target.blur();
      else does.close();
      return;
    }
    if (writing) {
      if (event.key === "Enter" || event.key === "ArrowDown") { document.getElementById("ladder").focus(); event.preventDefault(); }
      return;
    }
    const pressed = event.target.matches("button, a") && event.key === "Enter";
    const scrolls = event.target.closest("#bytes, #plain") && /^(Arrow|Page|Home|End)/.test(event.key);
    if (pressed || scrolls || !(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  });
}
