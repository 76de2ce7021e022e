// What the message is made of, and what can be taken out of it.

import { make } from "./dom.js";
import { place } from "./server.js";
import { size } from "./units.js";

const SHOWN = /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml)$/;
const LARGEST = 8_000_000; // bytes of a picture that is shown

export function parts(told) {
  return [
    told.attachments.length ? make("ul", { class: "attached" }, ...told.attachments.map((one) => attachment(told, one))) :
      make("p", { class: "remark" }, "Nothing is attached."),
    make("h3", {}, "How it is built"),
    make("ul", { class: "tree" }, ...told.parts.map((one) => part(told, one))),
    told.cut ? make("p", { class: "remark" }, "There are more parts than are shown here; the file has all of them.") : null,
  ].filter(Boolean);
}

function attachment(told, one) {
  const href = place(told.id, `/parts/${one.part}`);
  const picture = SHOWN.test(one.type) && one.size <= LARGEST ?
    make("img", { src: href, alt: "", loading: "lazy" }) : make("span", { class: "kind" }, (one.type.split("/")[1] ?? "").slice(0, 4));
  return make("li", {}, make("a", { href, download: one.name, title: "Save it" }, picture,
    make("b", {}, one.name), make("small", {}, `${one.type} · ${size(one.size)}`)));
}

function part(told, one) {
  const remarks = [one.charset, one.encoding, one.disposition, one.content_id && `cid:${one.content_id}`, size(one.octets)];
  const words = [make("b", {}, one.type), one.name ? ` ${one.name}` : "", make("small", {}, remarks.filter(Boolean).join(" · "))];
  const shown = one.leaf ? make("a", { href: place(told.id, `/parts/${one.part}`), download: "", title: "Save it, decoded" }, ...words) :
    make("span", {}, ...words);
  return make("li", { style: { "--depth": one.depth } }, shown);
}
