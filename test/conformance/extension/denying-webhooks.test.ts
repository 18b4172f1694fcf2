import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { Pod } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { describeWithKubectl } from '../../api/describe-with-kubectl.ts';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { type ReadObject, strategicMergePatch, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { refusal } from './refusal.ts';
import { SampleWebhook } from './sample-webhook.ts';
import { allowAll, definitionOf, TestDefinition } from './test-definition.ts';
import { configurations, denyConfigMaps, unwantedConfigMap, webhook } from './webhook-configuration.ts';

jest.setTimeout(30_000);

describeWithKubectl('webhooks that deny', () => {
  let https: HttpsCluster;
  let cluster: TestCluster;
  let sample: SampleWebhook;
  beforeAll(async () => {
    https = await HttpsCluster.start({
      services: ['storage', 'apiserver', 'controller-manager', 'scheduler', 'container-runtime', 'kubelet'],
    });
    cluster = https.cluster;
    sample = await SampleWebhook.start(cluster);
  });
  afterAll(async () => {
    await https.stop();
    await sample.stop();
  });

  const register = (name: string, ...webhooks: object[]) =>
    configurations(cluster, 'validating').create({ metadata: { name }, webhooks });
  const scoped = (name: string, options: { labels?: object; serviceAccount?: boolean } = {}) =>
    TestNamespace.create(cluster, name, { serviceAccount: false, labels: { [name]: 'true' }, ...options });
  const pod = (name: string, container: string, labels: object = {}): ReadObject => ({
    metadata: { name, labels },
    spec: { containers: [{ name: container, image: 'registry.k8s.io/pause:3.10' }] },
  });

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny pod and configmap creation',
    async () => {
      const scope = 'deny-creation';
      const namespace = await scoped(scope, { serviceAccount: true });
      const denyPods = webhook(
        sample,
        {
          name: 'deny-unwanted-pod-container-name-and-label.k8s.io',
          operations: ['CREATE'],
          resources: ['pods'],
          path: '/pods',
          scope,
        },
        // A second of hanging is as good as upstream's ten.
        { timeoutSeconds: 1 },
      );
      const failOpen = webhook(
        sample,
        { name: 'fail-open.k8s.io', operations: ['CREATE'], resources: ['configmaps'], path: '/configmaps', scope },
        { clientConfig: sample.failingClientConfig('/configmaps'), failurePolicy: 'Ignore' },
      );
      await register(scope, denyPods, denyConfigMaps(sample, scope), failOpen);

      const unwantedPod = pod('disallowed-pod', 'webhook-disallow', { 'webhook-e2e-test': 'webhook-disallow' });
      const { message } = await refusal(namespace.request('POST', 'pods', unwantedPod));
      expect(message).toContain('the pod contains unwanted container name');
      expect(message).toContain('the pod contains unwanted label');
      const hanging = pod('hanging-pod', 'wait-forever', { 'webhook-e2e-test': 'wait-forever' });
      const timedOut = await refusal(namespace.request('POST', 'pods', hanging));
      expect(timedOut.message).toMatch(/webhook.*deadline/);
      expect((await refusal(namespace.request('GET', 'pods/hanging-pod'))).reason).toBe('NotFound');

      const reason = 'the configmap contains unwanted key and value';
      const unwanted = unwantedConfigMap('disallowed-configmap');
      expect((await refusal(namespace.request('POST', 'configmaps', unwanted))).message).toContain(reason);
      const admitted = { metadata: { name: 'allowed-configmap' }, data: { admit: 'this' } };
      const created = await namespace.create('configmaps', admitted);
      const data = { ...created.data, 'webhook-e2e-test': 'webhook-disallow' };
      const path = 'configmaps/allowed-configmap';
      expect((await refusal(namespace.request('PUT', path, { ...created, data }))).message).toContain(reason);
      const patched = namespace.request('PATCH', path, { data }, strategicMergePatch);
      expect((await refusal(patched)).message).toContain(reason);

      const exempted = await scoped('exempted', { labels: { 'skip-webhook-admission': 'yes', [scope]: 'true' } });
      await exempted.create('configmaps', unwanted);
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny attaching pod',
    async () => {
      const scope = 'deny-attaching';
      const namespace = await scoped(scope, { serviceAccount: true });
      await register(
        scope,
        webhook(sample, {
          name: 'deny-attaching-pod.k8s.io',
          operations: ['CONNECT'],
          resources: ['pods/attach'],
          path: '/pods/attach',
          scope,
        }),
      );
      await namespace.create('pods', pod('to-be-attached-pod', 'container1'));
      const key = { namespace: namespace.name, name: 'to-be-attached-pod' };
      await cluster.waitFor(Pod, key, (one) => one?.status?.phase === 'Running');
      const attach = ['attach', `--namespace=${namespace.name}`, 'to-be-attached-pod', '-i', '-c=container1'];
      const { exitCode, stderr } = await https.kubectl(attach);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain("attaching to pod 'to-be-attached-pod' is not allowed");
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should be able to deny custom resource creation, update and deletion',
    async () => {
      const scope = 'deny-custom-resource';
      await scoped(scope);
      const versions = [{ name: 'v1', served: true, storage: true, schema: allowAll }];
      const name = 'e2e-test-webhook-deny-crd';
      const definition = await TestDefinition.create(cluster, {
        name,
        group: 'webhook.example.com',
        scope: 'Namespaced',
        versions,
      });
      await register(
        scope,
        webhook(sample, {
          name: 'deny-unwanted-custom-resource-data.k8s.io',
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          group: 'webhook.example.com',
          resources: [`${name}s`],
          path: '/custom-resource',
          scope,
        }),
      );
      const requests = definition.requests('v1', scope);
      const withData = (object: string, value: string) =>
        definition.object(object, { data: { 'webhook-e2e-test': value } });

      const unwanted = withData('cr-instance-1', 'webhook-disallow');
      const reason = 'the custom resource contains unwanted data';
      expect((await refusal(requests.answer('POST', '', unwanted))).message).toContain(reason);

      const created = await requests.create(withData('cr-instance-2', 'webhook-nondeletable'));
      const updated = { ...created, data: { 'webhook-e2e-test': 'webhook-disallow' } };
      expect((await refusal(requests.answer('PUT', 'cr-instance-2', updated))).message).toContain(reason);
      expect((await refusal(requests.answer('DELETE', 'cr-instance-2'))).message).toContain(
        'the custom resource cannot be deleted because it contains unwanted key and value',
      );
      await requests.update('cr-instance-2', (object) => {
        object.data['webhook-e2e-test'] = 'webhook-allow';
      });
      await requests.delete('cr-instance-2');
      await definition.delete();
    },
  );

  conformance(
    '[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should unconditionally reject operations on fail closed webhook',
    async () => {
      const scope = 'fail-closed';
      const wanted = { operations: ['CREATE'], resources: ['configmaps'], path: '/configmaps', scope };
      const matchExpressions = [{ key: 'fail-closed-webhook', operator: 'In', values: ['yes'] }];
      const failClosed = webhook(
        sample,
        { name: 'fail-closed.k8s.io', ...wanted },
        {
          clientConfig: sample.failingClientConfig('/configmaps'),
          failurePolicy: 'Fail',
          namespaceSelector: { matchLabels: { [scope]: 'true' }, matchExpressions },
        },
      );
      await register(scope, failClosed);
      const namespace = await scoped(scope, { labels: { 'fail-closed-webhook': 'yes', [scope]: 'true' } });
      const refused = await refusal(namespace.request('POST', 'configmaps', { metadata: { name: 'foo' } }));
      expect(refused.reason).toBe('InternalError');
    },
  );

  conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should deny crd creation', async () => {
    const scope = 'deny-crd';
    await register(
      scope,
      webhook(
        sample,
        {
          name: 'deny-crd-with-unwanted-label.k8s.io',
          operations: ['CREATE'],
          group: 'apiextensions.k8s.io',
          versions: ['*'],
          resources: ['customresourcedefinitions'],
          path: '/crd',
          scope,
        },
        { namespaceSelector: {}, objectSelector: { matchLabels: { [scope]: 'true' } } },
      ),
    );
    const definition = definitionOf({
      name: 'e2e-test-webhook-deny-crd',
      group: 'webhook.example.com',
      scope: 'Namespaced',
      labels: { [scope]: 'true', 'webhook-e2e-test': 'webhook-disallow' },
      versions: [{ name: 'v1', served: true, storage: true, schema: allowAll }],
    });
    const created = cluster.raw.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    expect((await refusal(created)).message).toContain('the crd contains unwanted label');
  });

  conformance('[sig-api-machinery] AdmissionWebhook [Privileged:ClusterAdmin] should honor timeout', async () => {
    const scope = 'honor-timeout';
    const namespace = await scoped(scope);
    const slow = (more: object) =>
      webhook(
        sample,
        {
          name: 'allow-configmap-with-delay-webhook.k8s.io',
          operations: ['CREATE'],
          resources: ['configmaps'],
          path: '/always-allow-delay-5s',
          scope,
        },
        more,
      );
    const configMap = { metadata: { name: 'e2e-test-slow-webhook-configmap' } };
    const succeedsWith = async (more: object) => {
      await register(scope, slow(more));
      await namespace.create('configmaps', configMap);
      await namespace.delete('configmaps/e2e-test-slow-webhook-configmap');
      await configurations(cluster, 'validating').delete(scope);
    };

    await register(scope, slow({ failurePolicy: 'Fail', timeoutSeconds: 1 }));
    const { message } = await refusal(namespace.request('POST', 'configmaps', configMap));
    expect(message).toMatch(/\/always-allow-delay-5s\?timeout=1s.*(context deadline exceeded|timeout)/);
    await configurations(cluster, 'validating').delete(scope);
    await succeedsWith({ failurePolicy: 'Ignore', timeoutSeconds: 1 });
    await succeedsWith({ failurePolicy: 'Fail', timeoutSeconds: 10 });
    await succeedsWith({ failurePolicy: 'Fail' });
  });
});
