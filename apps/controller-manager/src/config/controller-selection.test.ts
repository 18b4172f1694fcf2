import { expect, it } from '@jest/globals';
import { selectControllers, UnknownControllerError } from './controller-selection.ts';

it.each([
  [undefined, ['a', 'b']],
  [['*'], ['a', 'b']],
  [['*', '-a'], ['b']],
  [['a'], ['a']],
  [['-a', 'a'], ['a']],
  [[], []],
])('%j selects %j', (selection, expected) => {
  expect(selectControllers(['a', 'b'], selection)).toEqual(expected);
});

it('refuses names that do not exist', () => {
  expect(() => selectControllers(['a'], ['-b'])).toThrow(UnknownControllerError);
});
