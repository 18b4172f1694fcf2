import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from '../api/https-cluster.ts';
import { type Answer, send } from './https-request.ts';

jest.setTimeout(30_000);

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const pods = '/api/v1/namespaces/default/pods';
const strictly = '?fieldValidation=Strict';

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** A deployment that is fine but for `spec`. */
function deployment(spec: object): string {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
  });
}

function configMap(fields: object): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, ...fields });
}

/** What is wrong with a request, over real HTTPS: code, reason and upstream's words. */
describe('a request with bad input', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
    // No controllers run here; pods need the account that one of them would make.
    const account = '{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}';
    await send(cluster, 'POST', '/api/v1/namespaces/default/serviceaccounts', account);
  });
  afterAll(() => cluster.stop());

  const refused = ({ status, body }: Answer) => ({
    status,
    code: body.code,
    reason: body.reason,
    message: body.message,
  });

  it.each([
    [
      'an unknown field',
      `${deployments}${strictly}`,
      deployment({ replica: 3 }),
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    ],
    [
      'several unknown fields, also deep ones',
      `${deployments}${strictly}`,
      deployment({ replica: 3, strategy: { typ: 'Recreate' } }),
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica", unknown field "spec.strategy.typ"',
    ],
    [
      'text for a number',
      deployments,
      deployment({ replicas: 'three' }),
      'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a number for text',
      configMaps,
      configMap({ data: { a: 1 } }),
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    ],
  ])('%s is a bad request', async (_, path, body, message) => {
    expect(refused(await send(cluster, 'POST', path, body))).toEqual({
      status: 400,
      code: 400,
      reason: 'BadRequest',
      message,
    });
  });

  it.each([
    [
      'a deployment without selector',
      deployments,
      deployment({ selector: undefined }),
      'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`]',
    ],
    [
      'a pod without containers',
      pods,
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"empty"},"spec":{}}',
      'Pod "empty" is invalid: spec.containers: Required value',
    ],
    [
      'a pod without anything',
      pods,
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"empty"}}',
      'Pod "empty" is invalid: spec.containers: Required value',
    ],
    [
      'a container without name',
      pods,
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"nameless"},"spec":{"containers":[{"image":"web:1"}]}}',
      'Pod "nameless" is invalid: spec.containers[0].name: Required value',
    ],
    [
      'an object without name',
      configMaps,
      configMap({ metadata: {} }),
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'a name with capitals',
      configMaps,
      configMap({ metadata: { name: 'Not_Valid' } }),
      `ConfigMap "Not_Valid" is invalid: metadata.name: Invalid value: "Not_Valid": ${subdomain}`,
    ],
    [
      'a name that is too long',
      configMaps,
      configMap({ metadata: { name: 'a'.repeat(254) } }),
      `ConfigMap "${'a'.repeat(254)}" is invalid: metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 bytes`,
    ],
  ])('%s is invalid', async (_, path, body, message) => {
    expect(refused(await send(cluster, 'POST', path, body))).toEqual({
      status: 422,
      code: 422,
      reason: 'Invalid',
      message,
    });
  });

  it('an unknown kind is a bad request', async () => {
    const answer = await send(cluster, 'POST', configMaps, '{"apiVersion":"v1","kind":"Foo","metadata":{"name":"a"}}');
    expect(answer).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
    expect(answer.body.message).toContain('no kind "Foo" is registered for version "v1"');
  });

  it('an unknown resource is not found', async () => {
    expect(refused(await send(cluster, 'GET', '/api/v1/namespaces/default/foos'))).toEqual({
      status: 404,
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  });

  it('a stale resourceVersion is a conflict, and changes nothing', async () => {
    await send(cluster, 'POST', configMaps, configMap({ metadata: { name: 'stale' }, data: { a: '1' } }));
    const read = (await send(cluster, 'GET', `${configMaps}/stale`)).body;
    const first = await send(cluster, 'PUT', `${configMaps}/stale`, JSON.stringify({ ...read, data: { a: '2' } }));
    expect(first.status).toBe(200);
    const second = await send(cluster, 'PUT', `${configMaps}/stale`, JSON.stringify({ ...read, data: { a: '3' } }));
    expect(refused(second)).toEqual({
      status: 409,
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await send(cluster, 'GET', `${configMaps}/stale`)).body).toMatchObject({ data: { a: '2' } });
  });

  it('what does not exist cannot be deleted', async () => {
    expect(refused(await send(cluster, 'DELETE', `${configMaps}/nobody`))).toEqual({
      status: 404,
      code: 404,
      reason: 'NotFound',
      message: 'configmaps "nobody" not found',
    });
  });

  it.each([
    ['YAML', 'a: [', 'application/yaml'],
    ['JSON', '{"a":', 'application/json'],
    ['an object', '"text"', 'application/json'],
    ['anything at all', '', 'application/json'],
  ])('what is not %s is a bad request', async (_, body, contentType) => {
    const answer = await send(cluster, 'POST', configMaps, body, contentType);
    expect(answer).toMatchObject({ status: 400, body: { kind: 'Status', status: 'Failure', reason: 'BadRequest' } });
  });

  it('never is an internal error in the server’s log', () => {
    expect(cluster.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
