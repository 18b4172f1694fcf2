import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { CustomObjectsApi, KubeConfig, type KubernetesObject, ListWatch, Watch } from '@kubernetes/client-node';
import type { TestCluster } from '@orrery/testing';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { OpenWatch } from '../../api/https-exchange.ts';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { hostPortVersions } from './host-port.ts';
import { SampleWebhook } from './sample-webhook.ts';
import { TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

const group = 'stable.example.com';

describe('a conversion webhook', () => {
  let https: HttpsCluster;
  let cluster: TestCluster;
  let sample: SampleWebhook;
  beforeAll(async () => {
    https = await HttpsCluster.start();
    cluster = https.cluster;
    sample = await SampleWebhook.start(cluster);
  });
  afterAll(async () => {
    await https.stop();
    await sample.stop();
  });

  async function define(name: string, versions: readonly object[]): Promise<TestDefinition> {
    await TestNamespace.create(cluster, name, { serviceAccount: false });
    const webhook = {
      clientConfig: sample.clientConfig('/crdconvert'),
      conversionReviewVersions: ['v1', 'v1beta1'],
    };
    const conversion = { strategy: 'Webhook', webhook };
    return TestDefinition.create(cluster, { name, group, scope: 'Namespaced', versions, conversion });
  }

  const asV1 = { apiVersion: `${group}/v1`, hostPort: 'localhost:8080' };
  const asV2 = { apiVersion: `${group}/v2`, host: 'localhost', port: '8080' };
  /** What of an object is in one version and not in the other. */
  const fieldsOf = ({ apiVersion, hostPort, host, port }: ReadObject) =>
    JSON.parse(JSON.stringify({ apiVersion, hostPort, host, port }));

  conformance(
    '[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert from CR v1 to CR v2',
    async () => {
      const scope = 'convert-object';
      const definition = await define(scope, hostPortVersions('v1'));
      const object = definition.object('cr-instance-1', { hostPort: 'localhost:8080' }, 'v1');
      await definition.requests('v1', scope).create(object);
      expect(fieldsOf(await definition.requests('v2', scope).get('cr-instance-1'))).toEqual(asV2);
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceConversionWebhook [Privileged:ClusterAdmin] should be able to convert a non homogeneous list of CRs',
    async () => {
      const scope = 'convert-list';
      const definition = await define(scope, hostPortVersions('v1'));
      const [v1, v2] = [definition.requests('v1', scope), definition.requests('v2', scope)];
      const object = (name: string) => definition.object(name, { hostPort: 'localhost:8080' }, 'v1');
      await v1.create(object('cr-instance-1'));
      await definition.update(({ spec }) => {
        spec.versions = hostPortVersions('v2');
      });
      await v1.create(object('cr-instance-2'));

      for (const [requests, fields] of [
        [v1, asV1],
        [v2, asV2],
      ] as const) {
        const { items } = await requests.list();
        expect(items.map(({ metadata }: ReadObject) => metadata.name)).toEqual(['cr-instance-1', 'cr-instance-2']);
        expect(items.map(fieldsOf)).toEqual([fields, fields]);
      }
    },
  );

  /** The changes that a client's informer sees, until it is stopped. */
  class SeenChanges {
    private readonly seen: string[] = [];
    private heard: () => void = () => undefined;
    private readonly informer: ListWatch<KubernetesObject>;

    constructor(path: string, plural: string, namespace: string, fieldSelector: string) {
      const config = new KubeConfig();
      config.loadFromString(https.kubeconfig);
      const api = config.makeApiClient(CustomObjectsApi);
      const list = () => api.listNamespacedCustomObject({ group, version: 'v2', namespace, plural, fieldSelector });
      this.informer = new ListWatch(path, new Watch(config), list, false, undefined, fieldSelector);
      for (const verb of ['add', 'delete'] as const) {
        this.informer.on(verb, ({ metadata }) => {
          this.seen.push(`${verb} ${metadata?.name}`);
          this.heard();
        });
      }
    }

    start = (): Promise<void> => this.informer.start();
    stop = (): Promise<void> => this.informer.stop();

    /** The next so many, once they are there. */
    async next(count: number): Promise<string[]> {
      while (this.seen.length < count) {
        await new Promise<void>((resolve) => {
          this.heard = resolve;
        });
      }
      return this.seen.splice(0, count);
    }
  }

  conformance(
    '[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector',
    async () => {
      const scope = 'select-fields';
      const v2Fields = [{ jsonPath: '.host' }, { jsonPath: '.port' }];
      const definition = await define(
        scope,
        hostPortVersions('v1', { selectableFields: [{ jsonPath: '.hostPort' }] }, { selectableFields: v2Fields }),
      );
      const [v1, v2] = [definition.requests('v1', scope), definition.requests('v2', scope)];
      const byHost = 'host=host1';
      const byHostAndPort = 'host=host1,port=80';
      const query = (selector: string) => `fieldSelector=${encodeURIComponent(selector)}`;
      const watch = ({ path }: { path: string }, selector: string) =>
        OpenWatch.open(https, `${path}?watch=true&${query(selector)}`);
      const watches = {
        host: await watch(v2, byHost),
        hostAndPort: await watch(v2, byHostAndPort),
        v1: await watch(v1, 'hostPort=host1:80'),
      };
      const informers = {
        host: new SeenChanges(v2.path, `${scope}s`, scope, byHost),
        hostAndPort: new SeenChanges(v2.path, `${scope}s`, scope, byHostAndPort),
      };
      for (const informer of Object.values(informers)) await informer.start();
      const eventsOf = async (open: OpenWatch, count: number) =>
        (await open.next(count)).map(({ type, object }) => `${type} ${object.metadata.name} of ${object.apiVersion}`);
      const listed = async (requests: typeof v2, selector: string) =>
        (await requests.list(query(selector))).items.map(({ metadata }: ReadObject) => metadata.name);

      await v2.create(definition.object('one', { host: 'host1', port: '80' }, 'v2'));
      await v2.create(definition.object('two', { host: 'host1', port: '8080' }, 'v2'));
      await v2.create(definition.object('three', { host: 'host2' }, 'v2'));
      expect(await listed(v2, byHost)).toEqual(['one', 'two']);
      expect(await listed(v2, byHostAndPort)).toEqual(['one']);
      expect(await listed(v1, 'hostPort=host1:80')).toEqual(['one']);
      expect(await listed(v1, 'hostPort=host1:8080')).toEqual(['two']);

      await v2.deleteCollection(query(byHostAndPort));
      await v2.update('two', (object) => {
        object.host = 'host2';
      });
      expect(await listed(v2, byHost)).toEqual([]);
      expect(await listed(v2, byHostAndPort)).toEqual([]);
      // The last of what each of them sees: nothing else came before.
      await v2.create(definition.object('last', { host: 'host1', port: '80' }, 'v2'));

      const inV2 = `of ${group}/v2`;
      expect(await eventsOf(watches.host, 5)).toEqual([
        `ADDED one ${inV2}`,
        `ADDED two ${inV2}`,
        `DELETED one ${inV2}`,
        `DELETED two ${inV2}`,
        `ADDED last ${inV2}`,
      ]);
      expect(await eventsOf(watches.hostAndPort, 3)).toEqual([
        `ADDED one ${inV2}`,
        `DELETED one ${inV2}`,
        `ADDED last ${inV2}`,
      ]);
      expect(await eventsOf(watches.v1, 3)).toEqual([
        `ADDED one of ${group}/v1`,
        `DELETED one of ${group}/v1`,
        `ADDED last of ${group}/v1`,
      ]);
      expect(await informers.host.next(5)).toEqual(['add one', 'add two', 'delete one', 'delete two', 'add last']);
      expect(await informers.hostAndPort.next(3)).toEqual(['add one', 'delete one', 'add last']);
      for (const informer of Object.values(informers)) await informer.stop();
      for (const open of Object.values(watches)) open.close();
    },
  );
});
