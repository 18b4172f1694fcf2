import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { OpenWatch } from '../../api/https-exchange.ts';
import { succeeded } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { TestDefinition } from './test-definition.ts';

jest.setTimeout(30_000);

describe('watches on custom resources', () => {
  let https: HttpsCluster;
  beforeAll(async () => {
    https = await HttpsCluster.start();
  });
  afterAll(() => https.stop());

  conformance(
    '[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects',
    async () => {
      const definition = await TestDefinition.create(https.cluster, { name: 'noxu' });
      const requests = definition.requests();
      const names = ['name1', 'name2'];
      const watches = await Promise.all(
        names.map((name) =>
          OpenWatch.open(https, `${requests.path}?watch=true&timeoutSeconds=600&fieldSelector=metadata.name%3D${name}`),
        ),
      );
      const content = { content: { key: 'value' }, num: { num1: 9_223_372_036_854_775_807n, num2: 1_000_000 } };
      const created = [];
      for (const name of names) created.push(await requests.create(definition.object(name, content)));
      expect(created[0]).toMatchObject({
        apiVersion: definition.apiVersion(),
        kind: definition.kind,
        metadata: { uid: expect.any(String) },
      });
      const patch = [{ op: 'add', path: '/dummy', value: 'test' }];
      const contentType = 'application/json-patch+json';
      for (const name of names) {
        await succeeded(https.cluster.raw.request('PATCH', `${requests.path}/${name}`, patch, { contentType }));
      }
      for (const name of names) await requests.delete(name);
      // The last of what each watch shows: nothing of the other came before.
      for (const name of names) await requests.create(definition.object(name));

      for (const [index, watch] of watches.entries()) {
        const name = names[index];
        const events = await watch.next(4);
        expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
          `ADDED ${name}`,
          `MODIFIED ${name}`,
          `DELETED ${name}`,
          `ADDED ${name}`,
        ]);
        expect(events[0]?.object).toEqual(created[index]);
        watch.close();
      }
      await definition.delete();
    },
  );
});
