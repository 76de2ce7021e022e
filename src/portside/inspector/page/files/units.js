// Numbers as people read them. Times are nanoseconds since the first packet.

const SECOND = 1e9;
const whole = new Intl.NumberFormat("en");

export const count = (number, one, many = one + "s") => `${whole.format(number)} ${number === 1 ? one : many}`;
export const grouped = (number) => whole.format(number);

export function size(bytes) {
  if (bytes < 10_000) return `${whole.format(bytes)} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let at = -1;
  while (bytes >= 1000 && at < units.length - 1) { bytes /= 1000; at += 1; }
  return `${bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[at]}`;
}

export function span(ns) {
  const amount = Math.abs(ns);
  if (amount < 1e6) return `${Math.round(ns / 1e3)} µs`;
  if (amount < SECOND) return `${(ns / 1e6).toFixed(amount < 1e7 ? 2 : 1)} ms`;
  if (amount < 100 * SECOND) return `${(ns / SECOND).toFixed(amount < 10 * SECOND ? 2 : 1)} s`;
  return `${Math.floor(ns / SECOND / 60)} min ${Math.round(ns / SECOND) % 60} s`;
}

export const clock = (ns) => (ns / SECOND).toFixed(6);

export function moment(began, ns) {
  const date = new Date(Number(BigInt(began) / 1_000_000n) + ns / 1e6);
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" })}, ` +
    date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
}

// A colour for each conversation, as far from its neighbours' as can be.
export const hue = (number) => Math.round((number * 137.508 + 200) % 360);

export function tone(protocol, name = "") {
  if (/frame$|tag$/.test(name)) return "link";
  if (name === "Content" || name === "Data" || /^\w+\/\S+$/.test(name)) return "content";
  if (/^(IPv[46]|ICMP)/.test(protocol)) return "network";
  if (protocol === "TCP" || protocol === "UDP") return "transport";
  return protocol === "TLS" ? "tls" : "application";
}
