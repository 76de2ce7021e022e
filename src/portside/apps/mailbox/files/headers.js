// The header, explained: the way the message has come, what was found out about its sender, and each field in words.

import { make } from "./dom.js";
import { ask, place } from "./server.js";
import { full, lasted } from "./times.js";

export function headers(told, state) {
  return [
    ...journey(told.journey),
    ...verdicts(told, state),
    make("h3", {}, "Fields"),
    make("dl", { class: "fields" }, ...told.fields.flatMap(field)),
    told.cut ? make("p", { class: "remark" }, "There is more than is shown here; the file has all of it.") : null,
  ].filter(Boolean);
}

function field({ name, value, meaning }) {
  return [
    make("dt", {}, name || "(no field)"),
    make("dd", {}, make("span", { class: "value" }, value), meaning ? make("small", {}, meaning) : null),
  ];
}

function journey(hops) {
  if (!hops.length) return [];
  const longest = Math.max(...hops.map((hop) => hop.delay ?? 0), 0);
  return [make("h3", {}, "The way it came"), make("ol", { class: "journey" }, ...hops.map((hop) => hopped(hop, longest)))];
}

function hopped(hop, longest) {
  const share = hop.delay > 0 && longest ? Math.max(2, (hop.delay / longest) * 100) : 0;
  return make("li", {},
    make("span", { class: "hosts" }, hop.from ? make("b", {}, hop.from) : null, hop.from ? " → " : null, make("b", {}, hop.by || "?"),
      hop.for ? ` for ${hop.for}` : null),
    make("small", {}, [hop.remark && `from ${hop.remark}`, hop.with && `by ${hop.with}`, hop.time === null ? "no time" : full(hop.time)]
      .filter(Boolean).join(" · ")),
    hop.delay === null ? null : make("span", { class: hop.delay < 0 ? "delay odd" : "delay", style: { "--share": `${share}%` },
      title: hop.delay < 0 ? "its clock is behind the one before" : "since the host before" }, `+ ${lasted(hop.delay)}`));
}

function verdicts(told, state) {
  const found = told.results.map((result) => make("li", {}, make("small", {}, "the message says: "), make("span", { class: "value" }, result)));
  if (!found.length && !state.judges) return [];
  const list = make("ul", { class: "verdicts" }, ...found);
  if (state.judges) {
    ask(place(told.id, "/verdict")).then(
      ({ results }) => list.prepend(...results.map(verdict)),
      (error) => list.prepend(make("li", {}, error.message)));
  }
  return [make("h3", {}, "Who vouches for the sender"), list];
}

function verdict({ method, result, why }) {
  const good = { pass: "good", fail: "bad", softfail: "bad", permerror: "bad" }[result] ?? "neutral";
  return make("li", {}, make("b", { class: `result ${good}` }, `${method} ${result}`), " ", make("span", {}, why));
}
