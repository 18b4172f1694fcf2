import { describe, expect, it } from '@jest/globals';
import { statusPatch } from './status-writer.ts';

describe('statusPatch', () => {
  it('deletes what is gone, by null or by its merge key', () => {
    const before = { phase: 'Running', reason: 'Old', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }] };
    expect(statusPatch(before, { phase: 'Running', podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }] })).toEqual({
      phase: 'Running',
      reason: null,
      podIP: '10.0.0.2',
      podIPs: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1', $patch: 'delete' }],
      conditions: [],
    });
  });

  it('leaves conditions of others alone', () => {
    const foreign = { type: 'example.com/lb', status: 'True' };
    const before = { conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }, foreign] };
    const { conditions } = statusPatch(before, { conditions: [{ type: 'Ready', status: 'True' }, foreign] });
    expect(conditions).toEqual([{ type: 'Ready', status: 'True', reason: null }]);
  });
});
