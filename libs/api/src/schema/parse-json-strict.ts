/** A parsed text, with the fields that it gives more than once. */
export interface StrictJson {
  readonly value: unknown;
  /** Paths like `spec.containers[0].image`, each once, in the order of the text. */
  readonly duplicateFields: readonly string[];
}

/** Parses JSON and finds repeated fields, of which `JSON.parse` silently takes the last. Throws `SyntaxError`. */
export function parseJsonStrict(text: string): StrictJson {
  const value: unknown = JSON.parse(text);
  return { value, duplicateFields: duplicatesIn(text) };
}

/** An object or list that the scan stands in. */
interface Frame {
  /** `undefined` for a list. */
  readonly keys: Set<string> | undefined;
  readonly path: string;
  key: string;
  index: number;
}

/** One pass over the tokens of a text that is known to be JSON. */
function duplicatesIn(text: string): string[] {
  const duplicates = new Set<string>();
  const frames: Frame[] = [];
  let awaitsKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const frame = frames.at(-1);
    if (token === '{' || token === '[') {
      const keys = token === '{' ? new Set<string>() : undefined;
      frames.push({ keys, path: frame ? placeOf(frame) : '', key: '', index: 0 });
      awaitsKey = token === '{';
    } else if (token === '}' || token === ']') {
      frames.pop();
      awaitsKey = false;
    } else if (token === ',') {
      if (frame && !frame.keys) frame.index++;
      awaitsKey = frame?.keys !== undefined;
    } else if (awaitsKey && frame?.keys) {
      frame.key = JSON.parse(token) as string;
      if (frame.keys.has(frame.key)) duplicates.add(placeOf(frame));
      frame.keys.add(frame.key);
      awaitsKey = false;
    }
  }
  return [...duplicates];
}

function placeOf({ keys, path, key, index }: Frame): string {
  if (!keys) return `${path}[${index}]`;
  return path === '' ? key : `${path}.${key}`;
}
