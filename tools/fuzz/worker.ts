/** The process that tools/fuzz/watchdog.ts starts, with no permission but to read the repository. */
import { READERS } from "./readers.ts";
import { serve } from "./serve.ts";

await serve(READERS);
