import { expect } from '@jest/globals';
import type { TestCluster } from '@orrery/testing';
import type { ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { ResourceRequests } from './resource-requests.ts';

export interface ApiOperations {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Where the objects live; none for resources of the whole cluster. */
  readonly namespace?: TestNamespace;
  /** What is created three times, with `generateName` and a label of the test's own. */
  readonly template: { readonly metadata?: object } & Record<string, unknown>;
  readonly subresources?: readonly string[];
  /** A field selector that finds the objects as well; with it lists and watches are asked for by field. */
  readonly fieldSelector?: string;
  /** What else is done to an object that was created, before it is deleted. */
  readonly beforeDelete?: (requests: ResourceRequests, object: ReadObject) => Promise<void>;
}

/**
 * What most upstream tests called "should support … API operations" do: discovery of group, version and resource; then create, get, list (cluster-wide
 * too), watch, patch, update, delete, and deletion of the collection.
 */
export async function exerciseApiOperations(cluster: TestCluster, operations: ApiOperations): Promise<void> {
  await expectDiscovered(cluster, operations);
  const { group, version, resource, namespace, template, fieldSelector } = operations;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const everywhere = new ResourceRequests(cluster, `${root}/${resource}`);
  const requests = namespace
    ? new ResourceRequests(cluster, `${root}/namespaces/${namespace.name}/${resource}`)
    : everywhere;
  const label = `special-label=${resource}-operations`;
  const ours = fieldSelector === undefined ? `labelSelector=${label}` : `fieldSelector=${fieldSelector}`;
  const metadata = {
    generateName: 'e2e-example-',
    ...template.metadata,
    labels: { 'special-label': `${resource}-operations` },
  };

  await requests.create({ ...template, metadata });
  await requests.create({ ...template, metadata });
  const created = await requests.create({ ...template, metadata });
  const { name, uid } = created.metadata;
  expect((await requests.get(name)).metadata.uid).toBe(uid);
  const list = await requests.list(ours);
  expect(list.items).toHaveLength(3);
  expect((await everywhere.list(ours)).items).toHaveLength(3);

  const patched = await requests.patch(name, { metadata: { annotations: { patched: 'true' } } });
  expect(patched.metadata.annotations.patched).toBe('true');
  expect(BigInt(patched.metadata.resourceVersion)).toBeGreaterThan(BigInt(created.metadata.resourceVersion));
  const updated = await requests.update(name, (object) => {
    object.metadata.annotations.updated = 'true';
  });
  expect(updated.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' });
  for (const watched of [requests, everywhere]) {
    const events = await watched.watchedSince(list.metadata.resourceVersion, 2, ours);
    expect(events.map(({ type }) => type)).toEqual(['MODIFIED', 'MODIFIED']);
    expect(events[1]?.object.metadata.annotations).toMatchObject({ patched: 'true', updated: 'true' });
  }

  await operations.beforeDelete?.(requests, updated);
  await requests.delete(name);
  expect(await requests.isGone(name)).toBe(true);
  const left = await requests.list(ours);
  expect(left.items).toHaveLength(2);
  expect(left.items.map((item: ReadObject) => item.metadata.name)).not.toContain(name);
  await requests.deleteCollection(ours);
  expect((await requests.list(ours)).items).toEqual([]);
}

/** Group, version, resource and its subresources stand in the documents of discovery. */
export async function expectDiscovered(
  cluster: TestCluster,
  operations: Pick<ApiOperations, 'group' | 'version' | 'resource' | 'subresources'>,
): Promise<void> {
  const { group, version, resource, subresources = [] } = operations;
  if (group !== '') {
    const { body: groups } = await cluster.raw.get('/apis');
    const versionsOf = (one: ReadObject) => one?.versions.map((served: ReadObject) => served.version);
    expect(versionsOf(groups.groups.find((one: ReadObject) => one.name === group))).toContain(version);
    expect(versionsOf((await cluster.raw.get(`/apis/${group}`)).body)).toContain(version);
  }
  const { body } = await cluster.raw.get(group === '' ? `/api/${version}` : `/apis/${group}/${version}`);
  const names = body.resources.map((one: ReadObject) => one.name);
  expect(names).toEqual(expect.arrayContaining([resource, ...subresources.map((one) => `${resource}/${one}`)]));
}

/** Gets, patches and updates the subresource `status`: the object's status is `patched` first, then `updated`. */
export async function exerciseStatus(
  requests: ResourceRequests,
  name: string,
  { patched, updated }: { patched: object; updated: object },
): Promise<void> {
  const { uid } = (await requests.get(name)).metadata;
  expect((await requests.get(`${name}/status`)).metadata.uid).toBe(uid);
  const annotated = { metadata: { annotations: { patchedstatus: 'true' } }, status: patched };
  const afterPatch = await requests.patch(`${name}/status`, annotated);
  expect(afterPatch.metadata.annotations.patchedstatus).toBe('true');
  expect(afterPatch.status).toMatchObject(patched);
  const afterUpdate = await requests.update(`${name}/status`, (object) => {
    object.status = { ...object.status, ...updated };
  });
  expect(afterUpdate.status).toMatchObject(updated);
}
