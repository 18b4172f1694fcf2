import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { mutated } from './apply-mutation.driver.ts';
import { MUTATIONS } from './mutations.ts';

const repository = join(import.meta.dirname, '../../../..');

describe('the mutations', () => {
  it('have names of their own', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(15);
  });

  it.each(MUTATIONS.map(({ name }) => name))('%s fits one place of its file', async (name) => {
    const mutation = MUTATIONS.find((candidate) => candidate.name === name);
    if (mutation === undefined) throw new Error(name);
    const source = await readFile(join(repository, mutation.file), 'utf8');
    expect(mutated(source, mutation)).not.toBe(source);
  });

  it('refuse a place that is not there, and one that is there twice', () => {
    const mutation = { name: 'm', breaks: '', file: '', find: 'a', replace: 'b' };
    expect(() => mutated('x', mutation)).toThrow('matches 0 places');
    expect(() => mutated('a a', mutation)).toThrow('matches 2 places');
  });
});
