import { RE2JS, RE2JSException } from 're2js';

/** Compiled patterns that are kept; beyond it all are forgotten and made again when they are needed. */
const compiledMax = 4_096;
const compiled = new Map<string, RE2JS>();

/** A pattern in Go's syntax, which matches in linear time whatever its author had in mind. Throws `RE2JSException`. */
export function compiledPattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  const made = RE2JS.compile(pattern);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

/** Why the pattern is none, or `undefined`. */
export function patternProblem(pattern: string): string | undefined {
  try {
    compiledPattern(pattern);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return error.message;
  }
}
