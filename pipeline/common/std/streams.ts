// Typed door to @std/streams. When JSR is reachable: map "@std/streams" to jsr:@std/streams in deno.json and delete this file.
import * as untyped from "deno-std/streams/text_line_stream.js";
export const TextLineStream: new (
  options?: { allowCR?: boolean },
) => TransformStream<string, string> = untyped.TextLineStream;
