import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from '@jest/globals';

const names = new Set(
  readFileSync(join(import.meta.dirname, 'names.txt'), 'utf8')
    .trim()
    .split('\n'),
);

/**
 * A test that does what the conformance test of this name does. The name must be one of `names.txt`; `docs/conformance.md` lists
 * which names have such a test.
 */
export function conformance(name: string, test: () => Promise<void>, timeoutMs?: number): void {
  if (!names.has(name)) throw new Error(`no conformance test is called ${JSON.stringify(name)}`);
  it(name, test, timeoutMs);
}
