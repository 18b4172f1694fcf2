import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AdmissionCluster, mergePatch, plainPod } from './admission-cluster.ts';

jest.setTimeout(60_000);

/** A pod as the restricted standard wants it. */
const hardenedPod = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: 'c',
      image: 'i',
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
};

let admission: AdmissionCluster;
beforeAll(async () => {
  admission = await AdmissionCluster.start();
});
afterAll(() => admission.close());

describe('PodSecurity', () => {
  const enforcing = (level: string, more: Record<string, string> = {}) =>
    admission.newNamespace({ labels: { 'pod-security.kubernetes.io/enforce': level, ...more } });

  it('refuses pods that violate what the namespace enforces', async () => {
    const namespace = await enforcing('restricted');
    const answer = await admission.createPod(namespace, plainPod);
    expect(answer).toMatchObject({
      status: 403,
      body: { reason: 'Forbidden', details: { name: 'p', kind: 'pods' } },
    });
    expect(answer.body.message).toBe(
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    expect((await admission.createPod(namespace, hardenedPod)).status).toBe(201);
  });

  it('warns of workloads whose pods would be refused', async () => {
    const namespace = await enforcing('baseline', { 'pod-security.kubernetes.io/enforce-version': 'v1.30' });
    const labels = { app: 'a' };
    const { status, warnings } = await admission.cluster.raw.post(
      `${namespace.replace('/api/v1', '/apis/apps/v1')}/deployments`,
      {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { ...plainPod, hostPID: true } },
        },
      },
    );
    expect(status).toBe(201);
    expect(warnings).toEqual(['would violate PodSecurity "baseline:v1.30": host namespaces (hostPID=true)']);
  });

  it('tells which pods a stricter policy would not have let in', async () => {
    const namespace = await admission.newNamespace();
    for (const name of ['a', 'b', 'c'])
      await admission.createPod(namespace, { ...plainPod, hostNetwork: name !== 'c' }, { name });
    const body = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } };
    const { status, warnings } = await admission.cluster.raw.request('PATCH', namespace, body, mergePatch);
    expect(status).toBe(200);
    expect(warnings).toEqual([
      `existing pods in namespace "${namespace.split('/').at(-1)}" violate the new PodSecurity enforce level "baseline:latest"`,
      'a (and 1 other pod): host namespaces',
    ]);
  });

  it('refuses labels that say nothing', async () => {
    const labels = { 'pod-security.kubernetes.io/enforce': 'strict' };
    const answer = await admission.cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'wrong', labels } });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toBe(
      'Namespace "wrong" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    );
  });

  it('lets insignificant updates of old pods pass', async () => {
    const namespace = await admission.newNamespace();
    await admission.createPod(namespace, { ...plainPod, hostPID: true });
    const label = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } };
    await admission.cluster.raw.request('PATCH', namespace, label, mergePatch);
    const harmless = { metadata: { labels: { a: 'b' } } };
    expect((await admission.cluster.raw.request('PATCH', `${namespace}/pods/p`, harmless, mergePatch)).status).toBe(
      200,
    );
    const image = { spec: { containers: [{ name: 'c', image: 'other' }] } };
    const update = await admission.cluster.raw.request('PATCH', `${namespace}/pods/p`, image, {
      contentType: 'application/strategic-merge-patch+json',
    });
    expect(update.body.message).toContain('violates PodSecurity "baseline:latest": host namespaces (hostPID=true)');
  });
});
