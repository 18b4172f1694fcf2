import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from './https-cluster.ts';
import { exchange } from './https-exchange.ts';

jest.setTimeout(30_000);

const authorization = '/apis/authorization.k8s.io/v1';
const local = `${authorization}/namespaces/default/localsubjectaccessreviews`;
const getPods = { verb: 'get', resource: 'pods', namespace: 'default' };

/** Questions that are asked by creating an object which is never stored. */
describe('reviews', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const ask = (path: string, body: object) => exchange(cluster, path, { method: 'POST', body: JSON.stringify(body) });

  it('say who may do what', async () => {
    const self = await ask(`${authorization}/selfsubjectaccessreviews`, { spec: { resourceAttributes: getPods } });
    expect(self).toMatchObject({
      status: 201,
      body: { spec: { resourceAttributes: getPods }, status: { allowed: true } },
    });
    const other = { user: 'alice', resourceAttributes: getPods };
    const alice = await ask(`${authorization}/subjectaccessreviews`, { spec: other });
    expect(alice.body.status).toEqual({ allowed: false });
    const paths = { user: 'alice', nonResourceAttributes: { path: '/healthz', verb: 'get' } };
    expect((await ask(`${authorization}/subjectaccessreviews`, { spec: paths })).body.status).toEqual({
      allowed: true,
    });
    expect((await ask(local, { spec: other })).body).toMatchObject({
      metadata: { namespace: 'default' },
      status: { allowed: false },
    });
  });

  it.each([
    [
      `${authorization}/selfsubjectaccessreviews`,
      {},
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      `${authorization}/subjectaccessreviews`,
      { spec: { resourceAttributes: getPods } },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      `${authorization}/subjectaccessreviews`,
      { metadata: { name: 'x' }, spec: { user: 'alice', resourceAttributes: getPods } },
      'must be empty',
    ],
    [
      local,
      { spec: { user: 'alice', resourceAttributes: { ...getPods, namespace: 'other' } } },
      'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
    ],
    [
      local,
      { spec: { user: 'alice', nonResourceAttributes: { path: '/', verb: 'get' } } },
      'disallowed on this kind of request',
    ],
  ])('of %s with %j are invalid', async (path, body, message) => {
    const answer = await ask(path, body);
    expect(answer).toMatchObject({ status: 422, body: { reason: 'Invalid' } });
    expect(answer.body.message).toContain(message);
  });

  it.each([
    [`${authorization}/selfsubjectrulesreviews`, { spec: {} }, 'no namespace on request'],
    [
      '/apis/authentication.k8s.io/v1/tokenreviews',
      { spec: {} },
      'token is required for TokenReview in authentication',
    ],
    [`${authorization}/subjectaccessreviews`, { spec: { user: 1 } }, 'json: cannot unmarshal number'],
    [local, { metadata: { namespace: 'other' } }, 'does not match the namespace sent on the request'],
  ])('of %s with %j are bad requests', async (path, body, message) => {
    const answer = await ask(path, body);
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
    expect(answer.body.message).toContain(message);
  });
});
