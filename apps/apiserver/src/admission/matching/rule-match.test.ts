import { describe, expect, it } from '@jest/globals';
import { type ResourceInfo, ResourceTable } from '@orrery/api';
import type { AdmissionAttributes } from '../admission.ts';
import { type Rule, ruleMatches } from './rule-match.ts';

const table = ResourceTable.builtIn();
const rowOf = (group: string, resource: string) => table.find(group, 'v1', resource) as ResourceInfo;
const pods = rowOf('', 'pods');
const nodes = rowOf('', 'nodes');
const deployments = rowOf('apps', 'deployments');
const all: Rule = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };

const request = (subresource = '', operation = 'CREATE', name = 'a') =>
  ({ operation, subresource, name }) as AdmissionAttributes;

describe('a rule', () => {
  const cases: readonly (readonly [string, Rule, AdmissionAttributes, ResourceInfo, boolean])[] = [
    ['of stars speaks of everything', all, request('exec', 'CONNECT'), pods, true],
    ['without operations speaks of nothing', { ...all, operations: [] }, request(), pods, false],
    ['speaks of its operations', { ...all, operations: ['UPDATE'] }, request(), pods, false],
    ['speaks of its groups', { ...all, apiGroups: ['apps'] }, request(), pods, false],
    ['speaks of the core group as ""', { ...all, apiGroups: [''] }, request(), pods, true],
    ['speaks of its versions', { ...all, apiVersions: ['v1beta1'] }, request(), deployments, false],
    ['for a resource leaves out its subresources', { ...all, resources: ['pods'] }, request('exec'), pods, false],
    ['for a subresource leaves out the resource', { ...all, resources: ['pods/exec'] }, request(), pods, false],
    ['for pods/* speaks of the pods too', { ...all, resources: ['pods/*'] }, request(), pods, true],
    ['for * leaves out subresources', { ...all, resources: ['*'] }, request('status'), pods, false],
    ['for */scale speaks of all scales', { ...all, resources: ['*/scale'] }, request('scale'), deployments, true],
    ['for the cluster leaves out namespaced kinds', { ...all, scope: 'Cluster' }, request(), pods, false],
    ['for the cluster speaks of nodes', { ...all, scope: 'Cluster' }, request(), nodes, true],
    ['for namespaces leaves out nodes', { ...all, scope: 'Namespaced' }, request(), nodes, false],
    ['speaks of its names', { ...all, resourceNames: ['b'] }, request(), pods, false],
  ];

  it.each(cases)('%s', (_, rule, attributes, row, expected) => {
    expect(ruleMatches(rule, attributes, row)).toBe(expected);
  });
});
