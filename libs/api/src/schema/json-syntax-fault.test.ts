import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { jsonSyntaxFault } from './json-syntax-fault.ts';

const file = join(import.meta.dirname, 'testdata/json-syntax-faults.yaml');
const faults = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;

describe('what is wrong with a text that is no JSON', () => {
  it.each(Object.entries(faults))('%j', (text, fault) => {
    expect(jsonSyntaxFault(text)).toBe(fault);
  });

  it('is found where JSON.parse finds it: each text that it refuses has a fault before its end, or ends too early', () => {
    const almostJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', 'x', '-', '.', '\n'))
      .map(([text, at, char]) => {
        const cut = at % (text.length + 1);
        return text.slice(0, cut) + char + text.slice(cut);
      });
    fc.assert(
      fc.property(almostJson, (text) => {
        const fault = jsonSyntaxFault(text);
        // A whole value and nothing behind it: only then does the scan come to the end without a fault.
        if (isJson(text)) expect(fault).toBe('unexpected end of JSON input');
        else expect(fault).toMatch(/^(invalid character '.+' |unexpected end of JSON input$)/u);
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
