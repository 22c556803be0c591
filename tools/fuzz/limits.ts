/** What a reader may take. */

export const MEBIBYTE = 1024 * 1024;
/** Milliseconds. */
export const TIME_LIMIT = 2000;
/** For inputs that are as large as the reader takes them. */
export const HEAVY_TIME_LIMIT = 20_000;
/** Bytes of the whole process while a reader runs. */
export const MEMORY_LIMIT = 1024 * MEBIBYTE;
