/** What a person asks of the live section one after the other, hurriedly. */
import { assertEquals } from "@std/assert";
import { Turns, unlessEnded } from "../../page/live/turns.ts";

Deno.test("Turns.take() ends what goes on, leaves out what waits, and does the latest", async () => {
  const turns = new Turns(), log: string[] = [];
  const ending = Promise.withResolvers<void>();
  const first = turns.take(async (signal) => {
    log.push("first begins");
    await unlessEnded(signal, new Promise(() => {}));
    await ending.promise;
    log.push(`first ends, ${signal.aborted}`);
  });
  await Promise.resolve();
  const waiting = ["second", "third"].map((name) =>
    turns.take((signal) => Promise.resolve(void log.push(`${name}, ${signal.aborted}`)))
  );
  assertEquals(log, ["first begins"]);
  ending.resolve();
  await Promise.all([first, ...waiting]);
  assertEquals(log, ["first begins", "first ends, true", "third, false"]);
});

Deno.test("Turns.end() ends the latest, begun or not, and the next is taken", async () => {
  const turns = new Turns(), log: string[] = [];
  const left = turns.take(() => Promise.resolve(void log.push("left out")));
  turns.end();
  await left;
  const begun = turns.take(async (signal) =>
    void log.push(`${await unlessEnded(signal, new Promise(() => {}))}`)
  );
  await Promise.resolve();
  turns.end();
  await begun;
  await turns.take(() => Promise.resolve(void log.push("next")));
  assertEquals(log, ["undefined", "next"]);
});

Deno.test("unlessEnded() gives what was given, and nothing after the end", async () => {
  const { signal } = new AbortController();
  assertEquals(await unlessEnded(signal, Promise.resolve(3)), 3);
  assertEquals(await unlessEnded(AbortSignal.abort(), Promise.resolve(3)), undefined);
  assertEquals(
    await unlessEnded(AbortSignal.abort(), Promise.reject(new Error("late"))),
    undefined,
  );
});
