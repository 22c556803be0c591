/** The folder of recipes, read when it is asked for. */
import { join } from "@std/path";
import { FOLDER, type RecipeFolder } from "./recipe.ts";

/** @param root in which recipes/ lies */
export function openRecipes(root: string): RecipeFolder {
  const names = [...Deno.readDirSync(join(root, FOLDER))]
    .filter(({ name, isDirectory }) => !isDirectory && name.endsWith(".yaml"))
    .map(({ name }) => name.replace(/\.yaml$/, "")).sort();
  const read = (file: string) => {
    try {
      return Deno.readFileSync(join(root, file));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  return { names, read };
}
