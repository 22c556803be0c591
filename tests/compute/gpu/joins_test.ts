import { assertEquals } from "@std/assert";
import { type Joinable, placeParams, withoutJoins } from "../../../pipeline/compute/gpu/joins.ts";
import { type Place, scratchStorage, type Storage } from "../../../pipeline/compute/gpu/tensor.ts";

interface Named extends Joinable<Named> {
  readonly name: string;
}

const storage = (label: string) => scratchStorage(label, 64);
const [a, b, c, other] = ["a", "b", "c", "other"].map(storage);
const text = ({ storage, first }: Place) => `${storage.label}${first}`;
const whole = (storage: Storage) => ({ storage, stride: 1, first: 0 });

const fixed = (name: string, reads: Storage[], writes: Storage[]): Named => ({
  name,
  reads,
  writes,
});
function making(value: Storage, ...reads: Storage[]): Named {
  const at = (places: readonly Place[]): Named => ({
    name: `make ${places.map(text)}`,
    reads,
    writes: places.map(({ storage }) => storage),
  });
  return { ...at([whole(value)]), movable: { own: whole(value), at } };
}
function looking(value: Storage): Named {
  const at = (places: readonly Place[]): Named => ({
    name: `look at ${text(places[0])}`,
    reads: [places[0].storage],
    writes: [],
  });
  return { ...at([whole(value)]), movable: { own: whole(value), at } };
}
const joining = (label: string, ...reads: Storage[]): Named => {
  return joiningTo(storage(label), ...reads);
};
const joiningTo = (joined: Storage, ...reads: Storage[]): Named => {
  const parts = reads.map((_, first) => ({ storage: joined, stride: reads.length, first }));
  return { name: `join ${joined.label}`, reads, writes: [joined], parts };
};
const names = (...dispatches: Named[]) => withoutJoins(dispatches).map(({ name }) => name);

Deno.test("withoutJoins() has the parts written to where they lie in the whole", () => {
  assertEquals(names(making(a), making(b), joining("ab", a, b)), ["make ab0", "make ab1"]);
});

Deno.test("withoutJoins() writes twice what is read alone, or is a part of two", () => {
  assertEquals(
    names(
      making(a),
      making(b, a),
      joining("ab", a, b),
      making(c),
      joining("bc", b, c),
      looking(b),
    ),
    ["make a0,ab0", "make ab1,bc0", "make bc1", "look at ab1"],
  );
});

Deno.test("withoutJoins() leaves a concatenation of what cannot be written elsewhere", () => {
  const start = fixed("start", [], [a]);
  assertEquals(names(start, making(b), joining("ab", a, b)), ["start", "make b0", "join ab"]);
  const again = fixed("again", [], [b]);
  assertEquals(names(making(a), making(b), again, joining("ab", a, b)).at(-1), "join ab");
  assertEquals(names(making(a), joining("aa", a, a)), ["make a0", "join aa"]);
});

Deno.test("withoutJoins() takes zeros that nothing writes as they are where the whole began as zeros", () => {
  const zeros: Storage = { ...storage("zeros"), zeroed: true };
  const joined: Storage = { ...storage("joined"), zeroed: true };
  const join = joiningTo(joined, zeros, a);
  assertEquals(names(making(a), join), ["make joined1"]);
  assertEquals(names(making(a), looking(zeros), join, looking(a)), [
    "make joined1",
    "look at joined0",
    "look at joined1",
  ]);
  assertEquals(names(making(zeros), making(a), join), ["make joined0", "make joined1"]);
  assertEquals(names(fixed("fill", [], [zeros]), making(a), join).at(-1), "join joined");
  assertEquals(names(making(a), joining("placed", zeros, a)).at(-1), "join placed");
  assertEquals(names(making(a), joiningTo(joined, b, a)).at(-1), "join joined");
});

Deno.test("withoutJoins() leaves the last concatenation of what would have to be written three times", () => {
  const joins = [joining("ab", a, b), joining("ac", a, c)];
  const reading = fixed("read", [a], [other]);
  assertEquals(names(making(a), making(b), making(c), ...joins, reading), [
    "make a0,ab0",
    "make ab1",
    "make c0",
    "join ac",
    "read",
  ]);
});

Deno.test("withoutJoins() keeps what the host reads", () => {
  const kept = { ...a, buffer: {} as GPUBuffer };
  assertEquals(names(making(kept), making(b), joining("ab", kept, b)), ["make a0,ab0", "make ab1"]);
});

Deno.test("placeParams() are stride and first of each place, 0 for none", () => {
  const place = { storage: a, stride: 7, first: 3 };
  assertEquals(placeParams([]), [0, 0, 0, 0]);
  assertEquals(placeParams([place]), [7, 3, 0, 0]);
  assertEquals(placeParams([place, { ...place, first: 5 }]), [7, 3, 7, 5]);
});
