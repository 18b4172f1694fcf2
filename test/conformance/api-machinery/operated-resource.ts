import { expect } from '@jest/globals';
import type { TestCluster } from '@orrery/testing';
import { OpenWatch } from '../../api/https-exchange.ts';
import { expectDiscovered } from '../api-parts/api-operations.ts';
import { ResourceRequests } from '../api-parts/resource-requests.ts';
import type { ReadObject } from './test-namespace.ts';

/** A resource of the whole cluster whose objects the server itself acts upon: it may write their status at any time. */
export interface OperatedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  /** Of the three objects that are made. */
  readonly spec: object;
  /** A merge patch, and what the spec must be like then. */
  readonly patch: { readonly spec: object };
  /** Changes an object for a PUT, and what the spec must be like then. */
  readonly update: { readonly change: (object: ReadObject) => void; readonly spec: object };
  /** A condition without its type; `undefined` where the resource has no status. */
  readonly condition?: Readonly<Record<string, string>>;
}

/** Discovery, and then every verb of a resource in upstream's order. */
export async function expectOperations(cluster: TestCluster, operated: OperatedResource): Promise<void> {
  const { group, version, resource, spec, patch, update, condition } = operated;
  await expectDiscovered(cluster, { ...operated, subresources: condition === undefined ? [] : ['status'] });
  const requests = new ResourceRequests(cluster, `/apis/${group}/${version}/${resource}`);
  const label = `example-e2e-${resource}`;
  const selector = `labelSelector=${label}%3Dyes`;
  const template = { metadata: { generateName: `e2e-example-${resource}-`, labels: { [label]: 'yes' } }, spec };

  await requests.create(template);
  await requests.create(template);
  const { name, uid } = (await requests.create(template)).metadata;
  const read = await requests.get(name);
  expect(read.metadata).toMatchObject({ uid, resourceVersion: expect.stringMatching(/^[1-9]\d*$/) });
  const list = await requests.list(selector);
  expect(list.items).toHaveLength(3);

  const patched = await requests.patch(name, { metadata: { annotations: { patched: 'true' } }, ...patch });
  expect(patched).toMatchObject({ metadata: { annotations: { patched: 'true' } }, ...patch });
  expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(read.metadata.resourceVersion));
  const updated = await requests.update(name, (object) => {
    object.metadata.annotations.updated = 'true';
    update.change(object);
  });
  expect(updated).toMatchObject({ metadata: { annotations: { updated: 'true' } }, spec: update.spec });
  await untilPatchWatched(cluster, operated, `${selector}&resourceVersion=${list.metadata.resourceVersion}`);

  if (condition !== undefined) {
    const shown = await requests.get(`${name}/status`);
    expect(shown).toMatchObject({ apiVersion: `${group}/${version}`, kind: operated.kind, metadata: { uid } });
    await expectConditions(requests, name, condition);
  }
  await requests.delete(name);
  expect(await requests.isGone(name)).toBe(true);
  expect((await requests.list(selector)).items).toHaveLength(2);
  await requests.deleteCollection(selector);
  expect((await requests.list(selector)).items).toEqual([]);
}

/** A watch shows nothing but modifications, and among them that of the patch. */
async function untilPatchWatched(cluster: TestCluster, operated: OperatedResource, query: string): Promise<void> {
  const { apiPort: port = 0, certificates } = cluster;
  const { group, version, resource, kind } = operated;
  const path = `/apis/${group}/${version}/${resource}?watch=true&${query}`;
  const watch = await OpenWatch.open({ port, certificates }, path);
  for await (const { type, object } of watch.all()) {
    expect([type, object.kind]).toEqual(['MODIFIED', kind]);
    if (object.metadata.annotations?.patched === 'true') break;
  }
  watch.close();
}

async function expectConditions(
  requests: ResourceRequests,
  name: string,
  condition: Readonly<Record<string, string>>,
): Promise<void> {
  const ofPatch = { ...condition, type: 'PatchStatusFailed' };
  const patched = await requests.patch(`${name}/status`, { status: { conditions: [ofPatch] } });
  expect(patched.status.conditions).toContainEqual(expect.objectContaining(ofPatch));
  const ofUpdate = { ...condition, type: 'StatusUpdateFailed' };
  const updated = await requests.update(`${name}/status`, (object) => {
    object.status.conditions = [...(object.status.conditions ?? []), ofUpdate];
  });
  expect(updated.status.conditions).toContainEqual(expect.objectContaining(ofUpdate));
}
