/** Gradients of weights and biases that wait for those of other convolutions, so that one dispatch writes several. */
import type { Tape } from "../../../tape.ts";
import type { Convolution } from "./shape.ts";

/** Most items of a dispatch: the kernels have bindings for so many. */
export const MOST_TOGETHER = 3;

type Rule = "apart" | "chained" | "free";

interface Waiting {
  readonly convolutions: readonly Convolution[];
}

/** What is recorded together. */
export interface Together<Item extends Waiting> {
  /** Of those that go together; all calls with one have the same `record` and rules. */
  readonly key: string;
  readonly record: (items: readonly Item[]) => void;
  /**
   * What goes with others of its parameters: `apart`, the default, nothing does; `chained`, several of a layer do, in the order of
   * the calls; `free`, these do, in any order with other keys, since they write partial sums.
   */
  readonly rule?: Rule;
}

interface Group {
  readonly key: string;
  readonly rule: Rule;
  readonly items: readonly Waiting[];
  readonly record: () => void;
}

const sharesWeight = (a: Convolution, b: Convolution) => a.weight.name === b.weight.name;
const sharesBias = (a: Convolution, b: Convolution) => a.bias.name === b.bias.name;
// A dispatch binds one buffer of gradients.
const inOtherBuffer = (a: Convolution, b: Convolution) => a.weight.gradients !== b.weight.gradients;

// One parameter is written in order.
const apart = (a: Convolution, b: Convolution) =>
  sharesWeight(a, b) || sharesBias(a, b) || inOtherBuffer(a, b);
// A thread of a chain adds to the same cell for all of it, so weight and bias must go together.
const chained = (a: Convolution, b: Convolution) =>
  sharesWeight(a, b) !== sharesBias(a, b) || inOtherBuffer(a, b);
// Partial sums that are written together are added together.
const CONFLICTS = { apart, chained, free: chained } as const;

const waiting = (tape: Tape) =>
  tape.once("gradients that wait for others", () => new Map<string, Group>());

/** Records what waits for others; backward() does so at its end. */
export function recordWaiting(tape: Tape): void {
  for (const group of waiting(tape).values()) group.record();
}

/**
 * Has `record` called with up to {@link MOST_TOGETHER} items, at the latest at the end of the backward pass. What is recorded for
 * one parameter keeps the order of the calls, whatever the keys, unless the rule is `free`.
 */
export function recordTogether<Item extends Waiting>(
  tape: Tape,
  { key, record, rule = "apart" }: Together<Item>,
  item: Item,
): void {
  const groups = waiting(tape);
  for (const group of groups.values()) {
    if (group.key !== key && (rule === "free" || group.rule === "free")) continue;
    const conflicts = group.key === key ? CONFLICTS[rule] : CONFLICTS.apart;
    const apart = group.items.some(({ convolutions }) =>
      convolutions.some((other) => item.convolutions.some((own) => conflicts(other, own)))
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
    groups.set(key, { key, rule, items, record: recordAll });
    tape.atEndOfBackward(() => recordWaiting(tape));
  }
}
