import { setTimeout as delay } from 'node:timers/promises';
import type { TestCluster } from '@orrery/testing';
import { patchAnswer, type ReceivedReview, type WebhookAnswer, WebhookServer } from '../../api/webhook-server.ts';
import { succeeded } from '../api-machinery/test-namespace.ts';
import { convertHostPort } from './host-port.ts';

const namespace = 'sample-webhook';
const service = 'e2e-test-webhook';
const allowed: WebhookAnswer = { allowed: true };
const denied = (status: object): WebhookAnswer => ({ allowed: false, status });

/** Longer than a timeout of one second, and much shorter than one of ten. Upstream's takes five. */
const slowMs = 2_000;

type Answering = (received: ReceivedReview) => WebhookAnswer | Promise<WebhookAnswer>;

const answers: Readonly<Record<string, Answering>> = {
  '/always-deny': () => ({ allowed: false }),
  '/always-allow-delay-5s': () => delay(slowMs, allowed),
  '/add-label': () => patchAnswer({ op: 'add', path: '/metadata/labels', value: { 'added-label': 'yes' } }),
  '/pods': admitPod,
  '/pods/attach': admitAttachment,
  '/configmaps': (received) => admitData('configmap', received),
  '/custom-resource': (received) => admitData('custom resource', received),
  '/crd': ({ review: { request } }) =>
    request.object.metadata.labels?.['webhook-e2e-test'] === 'webhook-disallow'
      ? denied({ message: 'the crd contains unwanted label' })
      : allowed,
  '/mutating-configmaps': mutateData,
  '/mutating-custom-resource': mutateData,
  '/mutating-pods': mutatePod,
  '/crdconvert': convertHostPort,
};

/**
 * The webhooks of upstream's tests. There they run in a pod behind a Service. Here they are a real HTTPS server in the test's process that answers the same,
 * and that the API server reaches through a Service too: one of type ExternalName, because no endpoint may be on loopback. That is our equivalent. A
 * configuration counts as soon as the request that wrote it is answered, so nothing waits for it with marker requests as upstream's tests do.
 */
export class SampleWebhook {
  private constructor(private readonly server: WebhookServer) {}

  static async start(cluster: TestCluster): Promise<SampleWebhook> {
    const server = await WebhookServer.start([`${service}.${namespace}.svc`]);
    for (const [path, answering] of Object.entries(answers)) server.on(path, answering);
    await succeeded(cluster.raw.post('/api/v1/namespaces', { metadata: { name: namespace } }));
    await succeeded(
      cluster.raw.post(`/api/v1/namespaces/${namespace}/services`, {
        metadata: { name: service },
        spec: { type: 'ExternalName', externalName: 'localhost' },
      }),
    );
    return new SampleWebhook(server);
  }

  /** Of the webhook at `path`. */
  clientConfig(path: string): { service: object; caBundle?: string } {
    const { port, caBundle } = this.server;
    return { service: { namespace, name: service, path, port }, caBundle };
  }

  /** Of one that cannot be called: nobody has signed its certificate. */
  failingClientConfig(path: string): { service: object } {
    return { service: this.clientConfig(path).service };
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

async function admitPod({ review: { request } }: ReceivedReview): Promise<WebhookAnswer> {
  const { metadata, spec } = request.object;
  const label = metadata.labels?.['webhook-e2e-test'];
  if (label === 'wait-forever') return new Promise(() => undefined);
  const reasons = [
    ...(label === 'webhook-disallow' ? ['the pod contains unwanted label;'] : []),
    ...spec.containers
      .filter(({ name }: { name: string }) => name.includes('webhook-disallow'))
      .map(() => 'the pod contains unwanted container name;'),
  ];
  return reasons.length === 0 ? allowed : denied({ message: reasons.join(' ') });
}

function admitAttachment({ review: { request } }: ReceivedReview): WebhookAnswer {
  const { name, resource, subResource, object } = request;
  const isOurs = name === 'to-be-attached-pod' && object.stdin === true && object.container === 'container1';
  if (!isOurs || resource.resource !== 'pods' || subResource !== 'attach') return allowed;
  return denied({ message: "attaching to pod 'to-be-attached-pod' is not allowed" });
}

/** Gives a reason and no message, as upstream's does: clients have to see that too. */
function admitData(kind: string, { review: { request } }: ReceivedReview): WebhookAnswer {
  const deletes = request.operation === 'DELETE';
  const value = (deletes ? request.oldObject : request.object).data?.['webhook-e2e-test'];
  const content = kind === 'configmap' ? 'key and value' : 'data';
  if (!deletes && value === 'webhook-disallow') return denied({ reason: `the ${kind} contains unwanted ${content}` });
  if (deletes && value === 'webhook-nondeletable') {
    return denied({ reason: `the ${kind} cannot be deleted because it contains unwanted key and value` });
  }
  return allowed;
}

function mutateData({ review: { request } }: ReceivedReview): WebhookAnswer {
  const { data = {} } = request.object;
  const add = (key: string): WebhookAnswer => patchAnswer({ op: 'add', path: `/data/${key}`, value: 'yes' });
  if (data['mutation-stage-1'] === 'yes') return add('mutation-stage-2');
  if (data['mutation-start'] === 'yes') return add('mutation-stage-1');
  return allowed;
}

function mutatePod({ review: { request } }: ReceivedReview): WebhookAnswer {
  if (request.object.metadata.name !== 'webhook-to-be-mutated') return allowed;
  const container = { image: 'webhook-added-image', name: 'webhook-added-init-container', resources: {} };
  return patchAnswer({ op: 'add', path: '/spec/initContainers', value: [container] });
}
