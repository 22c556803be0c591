/**
 * Lint rule of this project: outputs are functions of their inputs, so nothing may ask the clock or an unseeded
 * generator. Randomness comes from pipeline/common/rng.ts; a progress display may use performance.now(). bench/ is free.
 */
const FORBIDDEN: Record<string, readonly string[]> = {
  Math: ["random"],
  Date: ["now"],
  crypto: ["getRandomValues", "randomUUID"],
};
const MESSAGE = "Outputs must not depend on the clock or on unseeded randomness.";
const HINT =
  "Take an Rng (pipeline/common/rng.ts) as an argument; show progress with performance.now().";

const plugin: Deno.lint.Plugin = {
  name: "reproducible",
  rules: {
    "no-clock-or-unseeded-random": {
      create(context) {
        if (/[\\/]bench[\\/]/.test(context.filename)) return {};
        const report = (node: Deno.lint.Node) =>
          context.report({ node, message: MESSAGE, hint: HINT });
        return {
          MemberExpression(node) {
            const { object, property } = node;
            if (object.type !== "Identifier" || !Object.hasOwn(FORBIDDEN, object.name)) return;
            // Date.now and Date["now"] alike.
            const name = property.type === "Identifier"
              ? property.name
              : property.type === "Literal"
              ? property.value
              : undefined;
            if (FORBIDDEN[object.name].some((forbidden) => forbidden === name)) report(node);
          },
          NewExpression(node) {
            const { callee } = node;
            const now = node.arguments.length === 0;
            if (callee.type === "Identifier" && callee.name === "Date" && now) report(node);
          },
        };
      },
    },
  },
};

export default plugin;
