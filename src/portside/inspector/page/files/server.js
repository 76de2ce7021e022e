// What the page asks its server. All addresses are below the one that the page has come from.

import { address } from "./addresses.js";

const ATTEMPTS = 3;

class Lost extends Error {}

export async function ask(path, query = {}, signal) {
  const answer = await fetch(address(path, query), { signal, cache: "no-store" });
  if (!answer.ok) throw new Lost((await answer.text()).trim() || answer.statusText);
  return answer.json();
}

// Calls `heard(state)` for each change, and `lost(true or false)` as the connection goes and comes.
export function listen(heard, lost) {
  const events = new EventSource("api/events");
  let failed = 0;
  events.addEventListener("message", (event) => { failed = 0; lost(false); heard(JSON.parse(event.data)); });
  events.addEventListener("error", () => {
    failed += 1;
    lost(true);
    if (failed >= ATTEMPTS) events.close(); // an address is good for one server, and that has ended
  });
  addEventListener("pagehide", () => events.close());
}
