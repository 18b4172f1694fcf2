import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { podPrinter } from './pod-printer.ts';

interface Case {
  name: string;
  spec?: object;
  status: object;
  deleted?: boolean;
  row: string[];
}

const nowMs = Date.UTC(2026, 0, 1, 1);
const cases = parse(readFileSync(new URL('./testdata/pods.yaml', import.meta.url), 'utf8')) as Case[];

function podOf({ spec = { containers: [{ name: 'a' }] }, status, deleted }: Partial<Case>) {
  const metadata = {
    name: 'web',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(deleted ? { deletionTimestamp: '2026-01-01T00:59:00Z' } : {}),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec, status };
}

describe('the row of a pod', () => {
  it.each(cases)('shows $name', (given) => {
    const { cells } = podPrinter.row(podOf(given), nowMs);
    expect(cells.slice(0, 5)).toEqual(['web', ...given.row, '60m']);
  });

  it('has addresses, node and readiness gates in wide output', () => {
    const spec = {
      containers: [],
      nodeName: 'node-1',
      readinessGates: [{ conditionType: 'a' }, { conditionType: 'b' }],
    };
    const status = { podIPs: [{ ip: '10.244.0.2' }], conditions: [{ type: 'a', status: 'True' }] };
    expect(podPrinter.row(podOf({ spec, status }), nowMs).cells.slice(5)).toEqual([
      '10.244.0.2',
      'node-1',
      '<none>',
      '1/2',
    ]);
    expect(podPrinter.columns.slice(5).every(({ priority }) => priority === 1)).toBe(true);
  });

  it('is marked once the pod has ended', () => {
    const completed = { type: 'Completed', status: 'True' };
    expect(podPrinter.row(podOf({ status: { phase: 'Succeeded' } }), nowMs).conditions).toMatchObject([completed]);
    expect(podPrinter.row(podOf({ status: { phase: 'Running' } }), nowMs).conditions).toBeUndefined();
  });
});
