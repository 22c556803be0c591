/**
 * Opens the pair that the viewer shows in the live page, where flow is computed. This page is a file and that one lies elsewhere, so
 * that messages are all they can share: the live page says each time that it is loaded, and gets the pair.
 */

/** What the live page says. */
export const LIVE_READY = "unrolled flow: ready for a pair";
/** A server on this machine answers at once, one far away in seconds. */
const LIVE_PATIENCE_MS = 15_000;

/** Of the viewer's data: what the live page takes. Truth is NaN where it is unknown. */
export function handedPair({ dataset, name, width, height, truth }, content) {
  const colours = (rgba) => rgba.filter((_, i) => i % 4 !== 3);
  const { u, v } = content.truth;
  const flow = () =>
    Float32Array.from({ length: 2 * width * height }, (_, i) => {
      const pixel = i >> 1;
      return content.marks[pixel] & 1 ? (i % 2 === 0 ? u : v)[pixel] : NaN;
    });
  return {
    name: `${dataset} ${name}`,
    width,
    height,
    frame1: colours(content.frame1),
    frame2: colours(content.frame2),
    ...truth !== false && { truth: flow() },
  };
}

/** @param root of the viewer @param shownPair gives what the live page takes of the pair that is shown */
export function startLive(root, shownPair) {
  const find = (name) => root.querySelector(`[data-part="${name}"]`);
  const address = find("live-address"), button = find("live");
  const opened = new WeakMap();
  let waiting;
  const say = (text) => find("live-said").textContent = text;

  addEventListener("message", ({ source, origin, data }) => {
    const handed = source && opened.get(source);
    if (data !== LIVE_READY || handed?.origin !== origin) return;
    clearTimeout(waiting);
    source.postMessage(handed.pair, origin);
    say(`${handed.pair.name} is open in the live page.`);
  });

  button.addEventListener("click", () => {
    clearTimeout(waiting);
    const { value, defaultValue } = address;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      return say(`The live page needs an address such as ${defaultValue}, got ${value}.`);
    }
    url.search = "?pair=handed";
    url.hash = "#live";
    const page = open(url.href, "_blank");
    if (!page) return say("The browser opened no window: allow this page to open one.");
    opened.set(page, { origin: url.origin, pair: shownPair() });
    say(`Waiting for the live page at ${url.origin}.`);
    waiting = setTimeout(() => {
      say(
        `There is no live page at ${url.origin}. Start it with ./run deno task page --serve, and open the pair again.`,
      );
    }, LIVE_PATIENCE_MS);
  });
}
