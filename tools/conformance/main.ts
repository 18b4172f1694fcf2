/**
 * Writes `docs/conformance.md`.
 *
 *   node tools/conformance/main.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceTable } from './conformance-table.ts';

const repository = join(import.meta.dirname, '../..');
writeFileSync(join(repository, 'docs/conformance.md'), conformanceTable(repository));
