import { expect } from '@jest/globals';
import type { TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { eventually } from './eventually.ts';
import type { ResourceRequests } from './resource-requests.ts';

/**
 * What most upstream tests called "should run through the lifecycle of a …" do: one object is created, read, patched, found by its new label and deleted; a
 * second one is updated and goes with its collection.
 */
export async function exerciseLifecycle(
  cluster: TestCluster,
  requests: ResourceRequests,
  template: object,
): Promise<void> {
  const labelled = async (selector: string): Promise<ReadObject[]> =>
    (await requests.list(`labelSelector=${selector}`)).items;

  await requests.create({ ...template, metadata: { name: 'e2e-initial' } });
  const initial = await requests.get('e2e-initial');
  expect(initial).toMatchObject({ ...template, metadata: { name: 'e2e-initial' } });
  const patched = await requests.strategicPatch('e2e-initial', { metadata: { labels: { 'e2e-initial': 'patched' } } });
  expect(patched.metadata.labels).toEqual({ 'e2e-initial': 'patched' });
  expect(BigInt(patched.metadata.resourceVersion)).toBeGreaterThan(BigInt(initial.metadata.resourceVersion));
  expect(await labelled('e2e-initial=patched')).toHaveLength(1);
  await requests.delete('e2e-initial');
  await eventually(cluster, async () => (await labelled('e2e-initial=patched')).length === 0);

  await requests.create({ ...template, metadata: { name: 'e2e-replacement' } });
  expect((await requests.get('e2e-replacement')).metadata.name).toBe('e2e-replacement');
  const updated = await requests.update('e2e-replacement', ({ metadata }) => {
    metadata.labels = { 'e2e-replacement': 'updated' };
  });
  expect(updated.metadata.labels).toEqual({ 'e2e-replacement': 'updated' });
  await requests.deleteCollection('labelSelector=e2e-replacement=updated');
  await eventually(cluster, async () => (await labelled('e2e-replacement=updated')).length === 0);
}
