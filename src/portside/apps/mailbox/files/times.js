// Times of messages, which are seconds since 1970, as people read them.

const clock = { hour: "2-digit", minute: "2-digit" };

export function brief(seconds) {
  const then = new Date(seconds * 1000);
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return then.toLocaleTimeString("en-GB", clock);
  const year = then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year });
}

export function full(seconds) {
  return new Date(seconds * 1000).toLocaleString("en-GB", {
    weekday: "short", day: "numeric", month: "short", year: "numeric", ...clock, second: "2-digit",
  });
}

export function lasted(seconds) {
  const amount = Math.abs(seconds);
  if (amount < 60) return `${Number(seconds.toFixed(1))} s`;
  if (amount < 3600) return `${Math.round(seconds / 60)} min`;
  return amount < 172_800 ? `${(seconds / 3600).toFixed(1)} h` : `${Math.round(seconds / 86_400)} days`;
}
