import { describe, expect, it } from '@jest/globals';
import { hotSpotsOf } from './hot-spots.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 1 });

describe('the hot spots of a profile', () => {
  it('are the shares of the busy time, by part and by function', () => {
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('create', 'file:///orrery/apps/apiserver/dist/registry/object-creator.js') },
        { id: 3, callFrame: frame('attempt', 'file:///orrery/apps/apiserver/dist/registry/object-creator.js') },
        { id: 4, callFrame: frame('parse', 'file:///orrery/node_modules/@nats-io/nats-core/lib/parser.js') },
        { id: 5, callFrame: frame('writev') },
      ],
      samples: [1, 2, 3, 4, 5],
      timeDeltas: [100, 30, 20, 40, 10],
    };
    const { busy, parts, functions } = hotSpotsOf(profile);
    expect(busy).toBe(0.5);
    expect(parts).toEqual([
      { name: 'apiserver/registry', share: 0.5 },
      { name: '@nats-io/nats-core', share: 0.4 },
      { name: 'writev', share: 0.1 },
    ]);
    expect(functions[0]).toEqual({ name: 'parse, @nats-io/nats-core', share: 0.4 });
  });
});
