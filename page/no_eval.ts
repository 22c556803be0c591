/** Before any schema is made: zod would try whether it may compile code, which the page's policy reports as an attack. */
import { config } from "zod";

config({ jitless: true });
