/** Generates the types and tables of `libs/api` from `libs/api/facts/`. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateColumnDescriptions } from './api-column-descriptions.ts';
import { generateDescriptions } from './api-descriptions.ts';
import { generateApi } from './api-types.ts';
import { generateWire } from './api-wire.ts';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
generateApi('libs/api/facts', 'libs/api/src/generated');
const descriptions = generateDescriptions('libs/api/facts', 'libs/api/src/generated');
generateColumnDescriptions(descriptions, 'libs/api/src/table', 'libs/api/src/generated');
generateWire('libs/api/facts', 'libs/api/src/generated');
