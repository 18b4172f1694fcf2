import { describe, expect, it } from '@jest/globals';
import type { ApiObject } from '../resource/resource-type.ts';
import { parseFieldSelector } from './field-selector.ts';
import { fieldsOf, requireSupportedFields } from './fields-of.ts';
import { SelectorError } from './selector-error.ts';

const pods = { group: '', resource: 'pods' };
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default' },
  spec: { nodeName: 'node-1' },
  status: { phase: 'Running' },
} as unknown as ApiObject;

describe('a field selector', () => {
  it.each([
    ['', true],
    ['metadata.name=web', true],
    ['metadata.name==web,status.phase!=Failed', true],
    ['spec.nodeName=', false],
    ['spec.nodeName!=', true],
    ['status.phase!=Running', false],
    ['spec.hostNetwork=false', true],
  ])('%j on a running pod: %s', (text, expected) => {
    const selector = parseFieldSelector(text);
    requireSupportedFields(pods, selector);
    expect(selector.matches(fieldsOf(pods, pod))).toBe(expected);
  });

  it('unescapes values and escapes them again', () => {
    const selector = parseFieldSelector('metadata.name=a\\,b\\=c\\\\');
    expect(selector.exact('metadata.name')).toBe('a,b=c\\');
    expect(selector.toString()).toBe('metadata.name=a\\,b\\=c\\\\');
  });

  it('refuses what it cannot understand', () => {
    expect(() => parseFieldSelector('abc')).toThrow(
      new SelectorError("invalid selector: 'abc'; can't understand 'abc'"),
    );
  });

  it('names the field that a resource does not offer', () => {
    expect(() => requireSupportedFields(pods, parseFieldSelector('spec.foo=1'))).toThrow(
      new SelectorError('field label not supported: spec.foo'),
    );
    const deployments = { group: 'apps', resource: 'deployments' };
    expect(() => requireSupportedFields(deployments, parseFieldSelector('spec.foo=1'))).toThrow(
      new SelectorError('"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"'),
    );
  });

  it('serves both groups of events from one object', () => {
    const event = {
      ...pod,
      involvedObject: { kind: 'Pod', name: 'web' },
      reportingComponent: 'kubelet',
    } as unknown as ApiObject;
    expect(fieldsOf({ group: '', resource: 'events' }, event)).toMatchObject({
      'involvedObject.name': 'web',
      source: 'kubelet',
    });
    expect(fieldsOf({ group: 'events.k8s.io', resource: 'events' }, event)).toMatchObject({
      'regarding.name': 'web',
      reportingController: 'kubelet',
    });
  });
});
