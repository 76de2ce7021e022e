// What the page asks its server, and what it has it do.

import { address } from "./addresses.js";

const LATER = 3000; // ms until a server that has refused is asked again

export class Refusal extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export async function ask(path, query = {}) {
  const answer = await fetch(address(path, query), { cache: "no-store" });
  return (await checked(answer)).json();
}

export async function text(path) {
  return (await checked(await fetch(path, { cache: "no-store" }))).text();
}

export async function have(method, path, body) {
  const said = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await checked(await fetch(path, { method, ...said }))).json();
}

async function checked(answer) {
  if (!answer.ok) throw new Refusal(answer.status, (await answer.text()).trim() || answer.statusText);
  return answer;
}

// Where everything about one message is.
export const place = (id, further = "") => `api/messages/${encodeURIComponent(id)}${further}`;

// `hears` has a function for each kind of event, which gets the ids; `lost(true or false)` as the connection goes and
// comes. The browser itself comes back, and says what it has heard last.
export function listen(hears, lost) {
  const events = new EventSource("api/events");
  for (const [kind, hear] of Object.entries(hears)) {
    events.addEventListener(kind, (event) => { lost(false); hear(JSON.parse(event.data).ids); });
  }
  events.addEventListener("open", () => lost(false));
  events.addEventListener("error", () => {
    lost(true);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, LATER, hears, lost); // it was refused: no browser comes back then
  });
  addEventListener("pagehide", () => events.close());
}
