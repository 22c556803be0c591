/**
 * Lint rules of this project: outputs are functions of their inputs, so nothing may ask the clock or an unseeded generator, under
 * whatever name; and what makes outputs may not ask for the process, the machine or the times of files. Randomness comes from
 * pipeline/common/rng.ts; a progress display may use performance.now(). bench/ is free. What a rule cannot see (a name
 * put together at run time) is left to `verify`, which compares two runs.
 */

/** What a name of the runtime may be used for; all else of it is refused. */
interface Guard {
  /** Members that are refused; all others are free. */
  readonly refused?: readonly string[];
  /** Members that are free; all others are refused. */
  readonly free?: readonly string[];
}

/** Clocks and chance. Each name may be used by a plain member alone: a copy of it would hide what is called. */
const CLOCK_AND_CHANCE: Readonly<Record<string, Guard>> = {
  Math: { refused: ["random"] },
  Date: { free: ["UTC", "parse", "prototype"] },
  Intl: { refused: ["DateTimeFormat"] }, // without an argument it says the time, and always in somebody's zone
  Temporal: { refused: ["Now"] },
  performance: { free: ["now"] }, // timeOrigin, toJSON(), mark() and eventCounts tell the time of day or of the start
  crypto: { free: ["subtle"] },
};

/** Of the process and the machine, which differ from run to run. */
const MACHINE: Readonly<Record<string, Guard>> = {
  Deno: {
    refused: [
      ...["pid", "ppid", "uid", "gid", "hostname", "loadavg", "memoryUsage", "systemMemoryInfo"],
      ...["osRelease", "osUptime", "networkInterfaces", "makeTempDir", "makeTempDirSync"],
      ...["makeTempFile", "makeTempFileSync", "env", "build", "version", "execPath", "cwd"],
      ...["mainModule", "umask"],
    ],
  },
  process: { free: [] },
  navigator: { free: ["gpu"] },
};

/** Everywhere, since no one calls them for anything else; process.hrtime and process.uptime() are clocks. */
const PROCESS_CLOCKS: Guard = { refused: ["hrtime", "uptime", "cpuUsage", "resourceUsage"] };

/** What a module of Node may be imported for; others, such as node:buffer, are free. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  crypto: ["createHash", "hash", "createHmac", "timingSafeEqual"],
  perf_hooks: [],
  process: [],
  os: [],
  timers: [],
  v8: [],
};

/** Members of anything that tell a time: of files, events, and of crypto.subtle a new key. */
const MEMBERS = ["lastModified", "timeStamp", "generateKey"];
const FILE_TIMES = [
  "mtime",
  "atime",
  "birthtime",
  "ctime",
  "mtimeMs",
  "atimeMs",
  "birthtimeMs",
  "ctimeMs",
];

const GLOBALS = ["globalThis", "self", "window", "global"];

/** Whether a stage has lost its parent decides that it writes nothing, and is asked in one place. */
const WATCHES_PARENT = /(^|\/)stages\/common\/ending\.ts$/;

const MESSAGE = "Outputs must not depend on the clock or on unseeded randomness.";
const MACHINE_MESSAGE = "Outputs must not depend on the process or the machine.";
const HINT =
  "Take an Rng (pipeline/common/rng.ts) as an argument; show progress with performance.now().";

type Node = Deno.lint.Node;

const parentOf = (node: Node) => (node as unknown as { parent: Node }).parent;

/** `name`, `["name"]` and `` [`name`] `` alike; undefined when it is only known at run time. */
function memberName({ property, computed }: Deno.lint.MemberExpression): string | undefined {
  if (property.type === "Identifier" && !computed) return property.name;
  if (property.type === "Literal") return String(property.value);
  if (property.type === "TemplateLiteral" && property.quasis.length === 1) {
    return property.quasis[0].cooked;
  }
  return undefined;
}

/** Around a node: what only wraps it, such as (x), x! and x as T. */
function unwrapped(node: Node): Node {
  const parent = parentOf(node);
  const wraps = [
    "TSNonNullExpression",
    "TSAsExpression",
    "TSSatisfiesExpression",
    "ChainExpression",
  ];
  return wraps.includes(parent.type) ? unwrapped(parent) : node;
}

/** Whether an identifier stands for a value of that name, rather than for a key, a type or a name being declared. */
function isReference(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Node & Record<string, unknown>;
  switch (parent.type as string) {
    case "MemberExpression":
      return parent.object === node || parent.computed === true;
    case "Property":
      return parent.value === node || parent.computed === true;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "AccessorProperty":
      return parent.value === node || parent.computed === true;
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
    case "ExportSpecifier":
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return false;
    case "TSTypeQuery": // typeof Date, as a type
      return false;
    default:
      return !parent.type.startsWith("TS") ||
        ["TSAsExpression", "TSNonNullExpression", "TSSatisfiesExpression"].includes(parent.type);
  }
}

/** What is done with a value: its member, and the node that reads it; no member when the value goes elsewhere. */
function use(value: Node): { member?: string; known: boolean; node: Node } {
  const outer = unwrapped(value);
  const parent = parentOf(outer);
  if (parent.type === "MemberExpression" && parent.object === outer) {
    const member = memberName(parent);
    return { member, known: member !== undefined, node: parent };
  }
  return { known: false, node: outer };
}

function isRefused({ refused, free }: Guard, member: string): boolean {
  return free ? !free.includes(member) : refused!.includes(member);
}

const plugin: Deno.lint.Plugin = {
  name: "reproducible",
  rules: {
    "no-clock-or-unseeded-random": {
      create(context) {
        const file = context.filename.replaceAll("\\", "/");
        if (/(^|\/)bench\//.test(file)) return {};
        const makesOutputs = /(^|\/)(pipeline|stages)\//.test(file) &&
          !/(^|\/)(tests|client)\//.test(file);
        const guards: Record<string, Guard> = {
          ...CLOCK_AND_CHANCE,
          process: PROCESS_CLOCKS,
          ...makesOutputs && MACHINE,
        };
        const report = (node: Node, message = MESSAGE) =>
          context.report({ node, message, hint: HINT });
        const declared = (node: Deno.lint.Identifier) =>
          context.sourceCode.getAncestors(node).some((ancestor) => binds(ancestor, node.name));

        const check = (name: string, value: Node) => {
          if (!Object.hasOwn(guards, name)) return;
          const message = Object.hasOwn(CLOCK_AND_CHANCE, name) || name === "process"
            ? MESSAGE
            : MACHINE_MESSAGE;
          const { member, known, node } = use(value);
          if (known) {
            if (name === "Deno" && member === "ppid" && WATCHES_PARENT.test(file)) return;
            if (isRefused(guards[name], member!) && !asksFreeVariable(node)) report(node, message);
            return;
          }
          // Elsewhere it is a good name for a child process.
          if (name === "process" && !makesOutputs) return;
          const parent = parentOf(unwrapped(value)) as Node & Record<string, unknown>;
          if (
            name === "Date" && parent.type === "NewExpression" && parent.callee === unwrapped(value)
          ) {
            const [first] = parent.arguments as Node[];
            if (first === undefined || first.type === "SpreadElement") report(parent);
            return;
          }
          // A test stands in for the clock: stub(performance, "now", ...).
          if (/(^|\/)tests\//.test(file) && isCallOf(parent, "stub")) return;
          if (parent.type === "BinaryExpression" && parent.operator === "instanceof") return;
          if (parent.type === "UnaryExpression" && parent.operator === "typeof") return;
          report(node, message);
        };

        return {
          Identifier(node) {
            const { name } = node;
            const isGlobal = GLOBALS.includes(name);
            if (!isGlobal && !Object.hasOwn(guards, name)) return;
            if (!isReference(node) || declared(node)) return;
            if (!isGlobal) return check(name, node);
            // globalThis.Date and globalThis.globalThis.Date alike.
            let found = use(node);
            while (found.known && GLOBALS.includes(found.member!)) found = use(found.node);
            if (found.known) check(found.member!, found.node);
            else if (found.node.type === "MemberExpression") report(found.node);
            else {
              const parent = parentOf(found.node);
              // A copy or a destructuring; typeof and comparisons say nothing.
              if (["VariableDeclarator", "AssignmentExpression"].includes(parent.type)) {
                report(found.node);
              }
            }
          },
          MemberExpression(node) {
            const member = memberName(node);
            if (member === undefined) return;
            if (MEMBERS.includes(member)) report(node);
            else if (makesOutputs && FILE_TIMES.includes(member)) report(node, MACHINE_MESSAGE);
          },
          ObjectPattern(node) {
            for (const property of node.properties) {
              if (property.type !== "Property" || property.key.type !== "Identifier") continue;
              const { name } = property.key;
              if (MEMBERS.includes(name)) report(property);
              else if (makesOutputs && FILE_TIMES.includes(name)) report(property, MACHINE_MESSAGE);
            }
          },
          ImportDeclaration(node) {
            if (node.importKind === "type") return;
            const free = freeNames(node.source.value);
            if (!free) return;
            for (const specifier of node.specifiers) {
              const { imported } = specifier as { imported?: { name?: string } };
              if (imported?.name === undefined || !free.includes(imported.name)) report(specifier);
            }
          },
          ImportExpression(node) {
            const { source } = node;
            if (source.type === "Literal" && freeNames(source.value)) report(node);
          },
        };
      },
    },
  },
};

function isCallOf(node: Node, name: string): boolean {
  return node.type === "CallExpression" && node.callee.type === "Identifier" &&
    node.callee.name === name;
}

/** What is free to ask of `Deno.env`: adapter.json writes down the first, dvc.lock the second. */
const FREE_VARIABLES = ["DENO_WEBGPU_BACKEND", "DVC_STAGE"];

function asksFreeVariable(node: Node): boolean {
  const outer = parentOf(node);
  if (outer.type !== "MemberExpression" || memberName(outer) !== "get") return false;
  const call = parentOf(outer);
  if (call.type !== "CallExpression" || call.callee !== outer) return false;
  const [variable] = call.arguments;
  return variable?.type === "Literal" && FREE_VARIABLES.includes(String(variable.value));
}

/** Undefined for a module that is free altogether. */
function freeNames(source: unknown): readonly string[] | undefined {
  const [, module] = /^(?:node:)?(\w+)(?:\/.*)?$/.exec(String(source)) ?? [];
  return Object.hasOwn(MODULES, module ?? "") ? MODULES[module] : undefined;
}

/** Whether a function around it has a parameter of that name: `const lerp = (process: number) => process`. */
function binds(ancestor: Node, name: string): boolean {
  const { params } = ancestor as { params?: Node[] };
  return Array.isArray(params) &&
    params.some((param) => param.type === "Identifier" && param.name === name);
}

export default plugin;
