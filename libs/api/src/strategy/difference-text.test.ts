import { describe, expect, it } from '@jest/globals';
import { differenceText } from './difference-text.ts';

describe('the text of a difference', () => {
  it('shows what changed and three lines around it', () => {
    const before = { a: 1, b: 2, c: 3, d: 4, e: [{ f: 'x' }], g: undefined };
    const after = { a: 1, b: 2, c: 3, d: 4, e: [{ f: 'y' }], h: true };
    expect(differenceText(before, after)).toBe(`@@
   "d": 4
   "e": [
     {
-      "f": "x"
+      "f": "y"
     }
   ]
+  "h": true
 }
`);
  });

  it('does not care in which order the fields stand', () => {
    expect(differenceText({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe('\n');
  });
});
