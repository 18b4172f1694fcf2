import { expect } from '@jest/globals';
import type { ApiObject, ObjectKey, ResourceInfo } from '@orrery/api';
import { pathOf } from './faces/face.ts';
import { type Answer, patchMediaTypes, type RawFace } from './faces/raw-face.ts';

/** Subresources that need a running pod or a node: here they say what they miss; with containers they are tested elsewhere. */
const refusedWithoutNode = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);

/** Uses one verb of one subresource of an object that exists, and expects what upstream would answer. */
export async function callSubresource(
  raw: RawFace,
  info: ResourceInfo,
  key: ObjectKey,
  subresource: string,
  verb: string,
): Promise<void> {
  const path = `${pathOf(info, key)}/${subresource}`;
  if (refusedWithoutNode.has(subresource)) return expectRefusal(await raw.send(methodOf(verb), path));
  switch (subresource) {
    case 'binding':
      return bind(raw, path, key);
    case 'eviction':
      return evict(raw, info, key);
    case 'token':
      return token(raw, path);
    default:
      return another(raw, info, key, subresource, verb);
  }
}

function methodOf(verb: string): string {
  const methods: Readonly<Record<string, string>> = { create: 'POST', delete: 'DELETE', patch: 'PATCH', update: 'PUT' };
  return methods[verb] ?? 'GET';
}

function expectRefusal({ status, body }: Answer): void {
  expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
  expect(status).not.toBe(405);
}

async function bind(raw: RawFace, path: string, metadata: ObjectKey): Promise<void> {
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: 'somewhere' } };
  const answer = await raw.ok('POST', path, binding);
  expect(answer).toMatchObject({ kind: 'Status', status: 'Success' });
}

/** A trial run: the pod is needed for what follows. */
async function evict(raw: RawFace, info: ResourceInfo, key: ObjectKey): Promise<void> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key };
  const answer = await raw.ok('POST', `${pathOf(info, key)}/eviction?dryRun=All`, eviction);
  expect(answer).toMatchObject({ kind: 'Status', status: 'Success' });
}

async function token(raw: RawFace, path: string): Promise<void> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const answer = await raw.ok('POST', path, request);
  expect(answer.status.token).toMatch(/^[^.]+\.[^.]+\.[^.]+$/);
}

/** A subresource that is another view of the object: read it, replace it by itself, patch it. */
async function another(
  raw: RawFace,
  info: ResourceInfo,
  key: ObjectKey,
  subresource: string,
  verb: string,
): Promise<void> {
  const path = `${pathOf(info, key)}/${subresource}`;
  const current = (await raw.ok('GET', path)) as ApiObject;
  expect(current.metadata.name).toBe(key.name);
  if (verb === 'update') {
    const replaced = await raw.ok('PUT', path, current);
    expect(replaced.kind).toBe(current.kind);
  }
  if (verb === 'patch') {
    const patch = { metadata: { resourceVersion: current.metadata.resourceVersion } };
    const patched = await raw.ok('PATCH', path, patch, patchMediaTypes.merge);
    expect(patched.kind).toBe(current.kind);
  }
}
