/**
 * Reads a pickle, Python's format of objects, without executing anything: it is a program for a machine with a stack, and
 * most of its opcodes call functions by name. Here a few opcodes exist, those of which PyTorch's files are made, and a few
 * names, those that a vocabulary knows; any other one is refused by its name. Work and memory grow with the bytes of the
 * file only, however deep or shared the values are. Format: Python's Lib/pickletools.py, protocols 2 to 5.
 */
import { unreadable } from "../common/io/text.ts";
import { opcodeName } from "./opcodes.ts";
import { PickleBytes } from "./pickle_bytes.ts";
import { Refusal } from "./refusal.ts";
import { Constructor, describe, shown, Tuple, Unused, type Value } from "./values.ts";

/** Which names a pickle may use, and what its persistent ids stand for. */
export interface Vocabulary {
  /** @param name with its module, such as "collections.OrderedDict" */
  find(name: string): Constructor | undefined;
  /** @throws {Refusal} when the id is not one of PyTorch's */
  load(id: Value): Value;
}

/** Where the pickle lies, for errors. */
export interface PickleSource {
  readonly file: string;
  /** Such as "data.pkl". */
  readonly part: string;
  /** What to do about a pickle that is refused, as a sentence. */
  readonly mend: string;
}

/** A checkpoint of PWC-Lite with its optimiser takes less than a hundredth. */
const MOST_OPCODES = 1_000_000;
const NEWEST_PROTOCOL = 5;

/**
 * Reads the pickle that begins at a byte.
 * @returns its value, and the byte behind its end
 * @throws {Error} with the opcode's place, when the bytes are no such pickle, or use an opcode or a name that is not known
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  vocabulary: Vocabulary,
  { file, part, mend }: PickleSource,
): { value: Value; end: number } {
  const machine = new Machine(new PickleBytes(bytes, start), vocabulary);
  let at = start;
  try {
    for (let count = 0; !machine.stopped; count++) {
      at = machine.bytes.at;
      if (count === MOST_OPCODES) throw new Refusal(`it has more than ${MOST_OPCODES} opcodes`);
      machine.step();
    }
    const value = machine.pop();
    refuseRings(value);
    return { value, end: machine.bytes.at };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw unreadable(file, `in its ${part}, at byte ${at}, ${error.message}`, mend);
  }
}

class Machine {
  stopped = false;
  readonly #memo = new Map<number, Value>();
  /** What lies below each mark; the values above the last one. */
  readonly #below: Value[][] = [];
  #stack: Value[] = [];

  constructor(readonly bytes: PickleBytes, readonly vocabulary: Vocabulary) {}

  step(): void {
    const opcode = this.bytes.unsigned(1);
    const act = ACTIONS.get(opcode);
    if (act) return act(this);
    const name = opcodeName(opcode);
    throw new Refusal(
      name === undefined
        ? `stands ${opcode}, which is no opcode of a pickle; it is damaged or another kind of file`
        : `stands the opcode ${name}, which no file of weights needs`,
    );
  }

  push(value: Value): void {
    this.#stack.push(value);
  }

  pop(): Value {
    if (this.#stack.length === 0) throw new Refusal("a value is missing from the stack");
    return this.#stack.pop()!;
  }

  top(): Value {
    const value = this.pop();
    this.push(value);
    return value;
  }

  popTuple(count: number): Tuple {
    return new Tuple(Array.from({ length: count }, () => this.pop()).reverse());
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** All above the last mark, which goes. */
  popMarked(): Value[] {
    const values = this.#stack;
    const below = this.#below.pop();
    if (!below) throw new Refusal("a mark is missing from the stack");
    this.#stack = below;
    return values;
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Refusal(`value ${index} is asked for, and was never kept`);
    this.push(value);
  }

  name(module: string, name: string): void {
    const found = this.vocabulary.find(`${module}.${name}`);
    if (!found) {
      throw new Refusal(
        `stands the name ${
          shown(`${module}.${name}`)
        }, which is none of those that files of weights need`,
      );
    }
    this.push(found);
  }

  namePopped(): void {
    const name = this.pop(), module = this.pop();
    if (typeof module !== "string" || typeof name !== "string") {
      throw new Refusal(`${describe(module)} and ${describe(name)} stand for a name`);
    }
    this.name(module, name);
  }

  reduce(): void {
    const args = this.pop(), callee = this.pop();
    if (!(callee instanceof Constructor) || !callee.call || !(args instanceof Tuple)) {
      throw new Refusal(`${describe(callee)} is called with ${describe(args)}`);
    }
    this.push(callee.call(args.items));
  }

  /** Attributes of an object, of which none is used: those of a state_dict are versions of its layers. */
  build(): void {
    const state = this.pop(), object = this.top();
    if (object instanceof Map || object instanceof Unused) return;
    throw new Refusal(`${describe(object)} is given a state, ${describe(state)}`);
  }

  append(values: readonly Value[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new Refusal(`values are appended to ${describe(list)}`);
    for (const value of values) list.push(value);
  }

  setItems(values: readonly Value[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw new Refusal(`items are set in ${describe(map)}`);
    if (values.length % 2 === 1) throw new Refusal("a key has no value");
    for (let i = 0; i < values.length; i += 2) setItem(map, values[i], values[i + 1]);
  }
}

/** @throws {Refusal} when the key is taken, for one of both values would be lost, or cannot be one */
export function setItem(map: Map<Value, Value>, key: Value, value: Value): void {
  if (Array.isArray(key) || key instanceof Map) throw new Refusal(`${describe(key)} is a key`);
  if (map.has(key)) throw new Refusal(`${describe(key)} is a key twice in one dictionary`);
  map.set(key, value);
}

type Action = (machine: Machine) => void;

const code = (character: string) => character.charCodeAt(0);

/** The opcodes that are read. */
const ACTIONS: ReadonlyMap<number, Action> = new Map<number, Action>([
  [0x80, (m) => {
    const protocol = m.bytes.unsigned(1);
    if (protocol > NEWEST_PROTOCOL) throw new Refusal(`it says that it is of protocol ${protocol}`);
  }],
  // How many bytes a reader may fetch at once.
  [0x95, (m) => m.bytes.frame()],
  [code("."), (m) => {
    m.stopped = true;
  }],
  [code("N"), (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [code("J"), (m) => m.push(m.bytes.unsigned(4) | 0)],
  [code("K"), (m) => m.push(m.bytes.unsigned(1))],
  [code("M"), (m) => m.push(m.bytes.unsigned(2))],
  [0x8a, (m) => m.push(m.bytes.integer(m.bytes.unsigned(1)))],
  [code("G"), (m) => m.push(m.bytes.float())],
  [code("X"), (m) => m.push(m.bytes.text(m.bytes.unsigned(4)))],
  [0x8c, (m) => m.push(m.bytes.text(m.bytes.unsigned(1)))],
  // Texts of Python 2.
  [code("T"), (m) => m.push(m.bytes.latin1(m.bytes.unsigned(4)))],
  [code("U"), (m) => m.push(m.bytes.latin1(m.bytes.unsigned(1)))],
  [code("B"), (m) => m.push(m.bytes.take(m.bytes.unsigned(4)))],
  [code("C"), (m) => m.push(m.bytes.take(m.bytes.unsigned(1)))],
  [code("("), (m) => m.mark()],
  [code(")"), (m) => m.push(new Tuple([]))],
  [0x85, (m) => m.push(m.popTuple(1))],
  [0x86, (m) => m.push(m.popTuple(2))],
  [0x87, (m) => m.push(m.popTuple(3))],
  [code("t"), (m) => m.push(new Tuple(m.popMarked()))],
  [code("]"), (m) => m.push([])],
  [code("a"), (m) => m.append([m.pop()])],
  [code("e"), (m) => m.append(m.popMarked())],
  [code("}"), (m) => m.push(new Map())],
  [code("s"), (m) => m.setItems(m.popTuple(2).items)],
  [code("u"), (m) => m.setItems(m.popMarked())],
  [code("q"), (m) => m.remember(m.bytes.unsigned(1))],
  [code("r"), (m) => m.remember(m.bytes.unsigned(4))],
  [0x94, (m) => m.remember()],
  [code("h"), (m) => m.recall(m.bytes.unsigned(1))],
  [code("j"), (m) => m.recall(m.bytes.unsigned(4))],
  [code("c"), (m) => m.name(m.bytes.line(), m.bytes.line())],
  [0x93, (m) => m.namePopped()],
  [code("R"), (m) => m.reduce()],
  [code("b"), (m) => m.build()],
  [code("Q"), (m) => m.push(m.vocabulary.load(m.pop()))],
]);

/** Refuses a value that holds itself, which no walk through it would end with; goes through shared parts once. */
function refuseRings(root: Value): void {
  const open = new Set<Value>(), done = new Set<Value>();
  const waiting: { value: Value; leaving: boolean }[] = [{ value: root, leaving: false }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, leaving } = next;
    if (leaving) {
      open.delete(value);
      done.add(value);
      continue;
    }
    if (open.has(value)) throw new Refusal(`ends a value, ${describe(value)}, that holds itself`);
    if (!isContainer(value) || done.has(value)) continue;
    open.add(value);
    waiting.push({ value, leaving: true });
    for (const part of partsOf(value)) waiting.push({ value: part, leaving: false });
  }
}

type Container = Tuple | Value[] | Map<Value, Value>;

function isContainer(value: Value): value is Container {
  return value instanceof Tuple || Array.isArray(value) || value instanceof Map;
}

function partsOf(value: Container): readonly Value[] {
  if (value instanceof Tuple) return value.items;
  // Keys are no lists or dictionaries, but may be tuples of them.
  return Array.isArray(value) ? value : [...value.keys(), ...value.values()];
}
