/** What is wrong within a file; who knows the file's name and the place makes a sentence of it. */
export class Refusal extends Error {}
