import { expect, it } from '@jest/globals';
import type { GraphNode } from '../object-graph/graph-node.ts';
import { contentInTurn, terminatingConditions } from './plan-namespace.ts';

const now = Date.UTC(2026, 0, 1);

function node(resource: string, name: string, finalizers: string[] = []): GraphNode {
  const type = { group: resource === 'deployments' ? 'apps' : '', version: 'v1', resource };
  return { uid: name, type, key: { namespace: 'n', name }, owners: [], finalizers, deleting: false, revision: 1 };
}

it('deletes pods first, then everything else', () => {
  const content = [node('secrets', 's'), node('pods', 'p'), node('deployments', 'd')];
  expect(contentInTurn(content).map(({ uid }) => uid)).toEqual(['p']);
  expect(contentInTurn([content[0], content[2]].filter((one) => one !== undefined)).map(({ uid }) => uid)).toEqual([
    's',
    'd',
  ]);
});

it('tells what is still there, and what holds it', () => {
  const remaining = [node('pods', 'a'), node('pods', 'b', ['example.com/hold']), node('deployments', 'd')];
  const told = terminatingConditions([], remaining, undefined, now).map(({ type, status, message }) => [
    type,
    status,
    message,
  ]);
  expect(told).toContainEqual([
    'NamespaceContentRemaining',
    'True',
    'Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances',
  ]);
  expect(told).toContainEqual([
    'NamespaceFinalizersRemaining',
    'True',
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  ]);
});
