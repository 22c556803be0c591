/** Gradients of weights and biases that wait for those of other convolutions, so that one dispatch writes several. */
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

/** Most convolutions of a dispatch: the kernels have bindings and params for so many. */
export const MOST_TOGETHER = 3;

interface Waiting {
  readonly convolution: Convolution;
}

interface Group {
  readonly items: readonly Waiting[];
  readonly record: () => void;
}

// Of one parameter, which is written in order, or in different buffers, of which a dispatch binds one.
const cannotGoTogether = (a: Convolution, b: Convolution) =>
  a.weight.name === b.weight.name || a.bias.name === b.bias.name ||
  a.weight.gradients !== b.weight.gradients;

const waiting = (tape: Tape) =>
  tape.once("gradients that wait for others", () => new Map<string, Group>());

/** Records what waits for others; backward() does so at its end. */
export function recordWaiting(tape: Tape): void {
  for (const group of waiting(tape).values()) group.record();
}

/**
 * Has `record` called with up to {@link MOST_TOGETHER} items, whose weights and biases all differ, at the latest at the end of
 * the backward pass. What is recorded for one parameter keeps the order of the calls, whatever the keys.
 * @param key of those that go together; all calls with one have the same `record`
 */
export function recordTogether<Item extends Waiting>(
  tape: Tape,
  key: string,
  item: Item,
  record: (items: readonly Item[]) => void,
): void {
  const groups = waiting(tape);
  for (const group of groups.values()) {
    const apart = group.items.some(({ convolution }) =>
      cannotGoTogether(convolution, item.convolution)
    );
    if (apart) group.record();
  }
  const items = tape.once<Item[]>(`gradients that wait for ${key}`, () => []);
  items.push(item);
  const recordAll = () => {
    groups.delete(key);
    record(items.splice(0));
  };
  if (items.length === MOST_TOGETHER) recordAll();
  else if (items.length === 1) {
    groups.set(key, { items, record: recordAll });
    tape.atEndOfBackward(() => recordWaiting(tape));
  }
}
