import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiObject, type ResourceInfo, ResourceTable } from '@orrery/api';
import { type RawAnswer, startCluster, type TestCluster } from '@orrery/testing';
import fc from 'fast-check';
import { pathOf } from '../contract/faces/face.ts';
import { sampleOf } from '../contract/samples.ts';
import { Choices } from './every-kind/choices.ts';
import { type Cause, heedCauses } from './every-kind/heed-causes.ts';
import { lostFields } from './every-kind/lost-fields.ts';
import { type Mutation, mutated, mutations } from './every-kind/mutation.ts';

jest.setTimeout(30_000);

/** Another history: `ORRERY_SEED=… ORRERY_RUNS=…`. A failure names the seed and the path that lead there again. */
const seed = Number(process.env.ORRERY_SEED ?? 20_260_101);
const numRuns = Number(process.env.ORRERY_RUNS ?? 20);

/** How often a refused object is mended and sent again. */
const roundsMax = 8;
/** How often an object is read again that the server itself keeps writing. */
const readsMax = 5;

/** A job without labels gets those of its template, which has some only when it has been stored. */
const changedByFirstUpdate: ReadonlySet<string> = new Set(['jobs']);

const namespace = 'properties';
const stored = ResourceTable.builtIn()
  .all()
  .filter(({ verbs }) => verbs.includes('get') && verbs.includes('create'));

describe(`objects of every kind, with anything in them (seed ${seed})`, () => {
  let cluster: TestCluster;
  let number = 0;
  const counts = { sent: 0, accepted: 0 };

  beforeAll(async () => {
    cluster = await startCluster({
      services: ['storage', 'apiserver'],
      settings: { apiserver: { runtimeConfig: ['api/all=true'] } },
    });
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: namespace } });
    await cluster.raw.post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  });
  afterAll(() => cluster.close());

  it.each(stored.map((info) => [`${info.resource}.${info.version}.${info.group || 'core'}`, info] as const))(
    '%s: what is accepted is kept, what is refused is explained',
    async (_, info) => {
      const property = fc.asyncProperty(mutations, mutations, async (first, second) => {
        number += 1;
        const place = { name: `case-${number}`, namespace, number: 1 + (number % 250) };
        const sample = sampleOf(info, place) as ApiObject;
        await liveThrough(info, mutated(sample, info, first), second);
      });
      await fc.assert(property, { seed, numRuns, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false });
    },
  );

  it('has accepted most of them', () => {
    expect(counts.accepted).toBeGreaterThan(counts.sent / 2);
  });

  async function liveThrough(info: ResourceInfo, object: ApiObject, changes: readonly Mutation[]): Promise<void> {
    counts.sent += 1;
    const accepted = await untilAccepted(info, object);
    if (accepted === undefined) return;
    counts.accepted += 1;
    const { sent, answer } = accepted;
    const path = pathOf(info, { namespace: answer.metadata.namespace ?? '', name: answer.metadata.name });
    try {
      expect(lostFields(info, sent, answer)).toEqual([]);
      if (changedByFirstUpdate.has(info.resource)) await writeBack(path);
      const { before, after } = await writeBack(path);
      expect(after).toEqual(before);
      const { body } = await cluster.raw.get(path);
      proper(await cluster.raw.request('PUT', path, mutated(body, info, changes)));
    } finally {
      await remove(path);
    }
  }

  /** Sends the object, and heeds what the server says of it. */
  async function untilAccepted(
    info: ResourceInfo,
    object: ApiObject,
  ): Promise<{ sent: ApiObject; answer: ApiObject } | undefined> {
    let sent = object;
    for (let round = 0; round < roundsMax; round += 1) {
      const answer = proper(await cluster.raw.post(pathOf(info, { namespace, name: '' }), sent));
      if (answer.status === 201) return { sent, answer: answer.body };
      const causes: readonly Cause[] | undefined = answer.body.details?.causes;
      if (answer.status !== 422 || causes === undefined) return undefined;
      const numbers = causes.map(({ message }, i) => message.length + i + round);
      sent = heedCauses(sent, info, causes, new Choices(numbers));
    }
    return undefined;
  }

  /** Some kinds have a controller in the server, which may write in between. */
  async function writeBack(path: string): Promise<{ before: ApiObject; after: ApiObject }> {
    for (let read = 1; ; read += 1) {
      const { body: before } = proper(await cluster.raw.get(path));
      const { status, body: after } = proper(await cluster.raw.request('PUT', path, before));
      if (status !== 409 || read === readsMax) return { before, after };
    }
  }

  async function remove(path: string): Promise<void> {
    await cluster.raw.request('DELETE', `${path}?gracePeriodSeconds=0`);
    const { status, body } = await cluster.raw.get(path);
    if (status === 404) return;
    if (body.kind === 'Namespace') {
      await cluster.raw.request('PUT', `${path}/finalize`, { ...body, spec: { finalizers: [] } });
    }
    const patch = { metadata: { finalizers: null } };
    await cluster.raw.request('PATCH', path, patch, { contentType: 'application/merge-patch+json' });
  }
});

/** The server does not fail, and what it refuses it explains. */
function proper(answer: RawAnswer): RawAnswer {
  const { status, body } = answer;
  const text = JSON.stringify(body);
  if (status >= 500 || status < 200) throw new Error(`answered ${status}: ${text}`);
  if (status >= 400) {
    const expected = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status };
    expect(body).toMatchObject({ ...expected, message: expect.any(String), reason: expect.any(String) });
    expect(body.message).not.toBe('');
  } else {
    expect(body).toMatchObject({ kind: expect.any(String), apiVersion: expect.any(String) });
  }
  return answer;
}
