import { types } from '../types/cel-type.ts';
import { type CelLibrary, fn } from './cel-function.ts';

const { string } = types;

/** For expressions that make JSON patches. */
export const jsonPatchLibrary: CelLibrary = [
  fn('jsonpatch.escapeKey', 'string_jsonpatch_escapekey_string', [string], string, (key: string) =>
    key.replaceAll('~', '~0').replaceAll('/', '~1'),
  ),
];
