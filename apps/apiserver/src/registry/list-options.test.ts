import { describe, expect, it } from '@jest/globals';
import { listOptionsOf } from './list-options.ts';

const invalid = 'ListOptions.meta.k8s.io "" is invalid: ';
const forbidden = 'resourceVersionMatch: Forbidden: ';

describe('the options of a list', () => {
  it.each([
    ['', {}],
    ['limit=5&continue=abc', { limit: 5, continue: 'abc' }],
    ['resourceVersion=7&resourceVersionMatch=Exact', { resourceVersion: '7', resourceVersionMatch: 'Exact' }],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', { resourceVersionMatch: 'NotOlderThan' }],
    ['timeoutSeconds=30', { timeoutSeconds: 30 }],
  ])('%j', (query, expected) => {
    const defaults = { limit: 0, continue: '', timeoutSeconds: undefined, sendInitialEvents: undefined };
    expect(listOptionsOf(new URLSearchParams(query), 'list')).toMatchObject({ ...defaults, ...expected });
  });

  it.each([
    ['resourceVersionMatch=Exact', `${forbidden}resourceVersionMatch is forbidden unless resourceVersion is provided`],
    [
      'resourceVersion=5&resourceVersionMatch=Exact&continue=x',
      `${forbidden}resourceVersionMatch is forbidden when continue is provided`,
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      `${forbidden}resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ],
    [
      'resourceVersion=5&resourceVersionMatch=Newer',
      'resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""',
    ],
    ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
  ])('%j is invalid', (query, message) => {
    expect(() => listOptionsOf(new URLSearchParams(query), 'list')).toThrow(`${invalid}${message}`);
  });

  it.each([
    ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=99999999999999999999', 'strconv.ParseInt: parsing "99999999999999999999": value out of range'],
    ['timeoutSeconds=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
  ])('%j cannot be read', (query, message) => {
    expect(() => listOptionsOf(new URLSearchParams(query), 'list')).toThrow(message);
  });
});

describe('the options of a watch', () => {
  it('take initial events together with NotOlderThan', () => {
    const query = new URLSearchParams('sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1');
    expect(listOptionsOf(query, 'watch')).toMatchObject({ sendInitialEvents: true, allowWatchBookmarks: true });
  });

  it.each([
    ['sendInitialEvents=true', `${forbidden}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`],
    [
      'resourceVersionMatch=NotOlderThan',
      `${forbidden}resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
    ],
    [
      'sendInitialEvents=true&resourceVersionMatch=Exact',
      `[${forbidden}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]`,
    ],
    [
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x',
      `${forbidden}resourceVersionMatch is forbidden when continue is provided`,
    ],
  ])('%j is invalid', (query, message) => {
    expect(() => listOptionsOf(new URLSearchParams(query), 'watch')).toThrow(`${invalid}${message}`);
  });
});
