import { describe, expect, it } from '@jest/globals';
import { Subjects, subjectToken, tokenName } from './subjects.ts';

describe('Subjects', () => {
  const subjects = new Subjects('kind');

  it.each(['', 'web', 'a.b.c', 'x*>y', '100%', 'with space', 'system:node:node-1'])(
    'carry the name "%s" in one token',
    (name) => {
      const token = subjectToken(name);
      expect(token).not.toMatch(/[.*>\s]/);
      expect(tokenName(token)).toBe(name);
    },
  );

  it('place an object by group, resource, route, namespace and name', () => {
    const pod = { group: '', resource: 'pods', route: 'node-1', namespace: 'default', name: 'web.1' };
    expect(subjects.registry(pod)).toBe('kind.registry.core.pods.node-1.default.web%2E1');
    expect(subjects.registryOf('', 'pods', 'node-1')).toBe('kind.registry.core.pods.node-1.>');
    const node = { group: '', resource: 'nodes', route: '', namespace: '', name: 'node-1' };
    expect(subjects.registry(node)).toBe('kind.registry.core.nodes._._.node-1');
  });

  it('name the user of an API request', () => {
    expect(subjects.apiUser(subjects.api('system:node:node.example.com'))).toBe('system:node:node.example.com');
  });
});
