import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { conformanceTable } from './conformance-table.ts';

const repository = join(import.meta.dirname, '../..');

it('finds docs/conformance.md as the tests and notes have it; `npm run conformance` writes it anew', () => {
  expect(readFileSync(join(repository, 'docs/conformance.md'), 'utf8')).toBe(conformanceTable(repository));
});
