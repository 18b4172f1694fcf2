import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import type { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { KubectlSession } from './kubectl-session.ts';
import { agnhostController, agnhostLabels, agnhostService, httpdDeployment, pausePod } from './manifests.ts';
import { runningCluster, untilEndpoints } from './running-cluster.ts';

jest.setTimeout(30_000);

const httpd = 'docker.io/library/httpd:2.4.38-alpine';
const busybox = 'registry.k8s.io/e2e-test-images/busybox:1.36';
const podName = 'e2e-test-httpd-pod';

describe('kubectl', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await runningCluster();
  });
  afterAll(() => cluster.stop());

  const withKubectl = (name: string, test: (kubectl: KubectlSession) => Promise<void>) => () =>
    KubectlSession.forEach(cluster, name, test);
  const createAgnhost = async (kubectl: KubectlSession): Promise<string> => {
    await kubectl.ok(['create', '-f', '-'], agnhostController);
    const [pod = ''] = await kubectl.readyPods('role', 'primary', 1);
    return pod;
  };
  const runHttpd = async (kubectl: KubectlSession, ...options: string[]): Promise<void> => {
    await kubectl.ok(['run', podName, `--image=${httpd}`, ...options, `--labels=run=${podName}`]);
  };
  const imageOf = async (kubectl: KubectlSession): Promise<string> =>
    (await kubectl.json('pod', podName)).spec.containers[0].image;

  conformance(
    '[sig-cli] Kubectl client Kubectl api-versions should check if v1 is in available api versions',
    withKubectl('api-versions', async (kubectl) => {
      expect((await kubectl.ok(['api-versions'])).split('\n')).toContain('v1');
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info',
    withKubectl('cluster-info', async (kubectl) => {
      expect(await kubectl.ok(['cluster-info'])).toMatch(/Kubernetes control plane.*is running at/);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl version should check is all data is printed',
    withKubectl('version', async (kubectl) => {
      const output = await kubectl.ok(['version']);
      expect(output).toContain('Client Version: ');
      expect(output).toMatch(/Server Version: .*v1\.36/);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods',
    withKubectl('describe', async (kubectl) => {
      await kubectl.ok(['create', '-f', '-'], agnhostService);
      const pod = await createAgnhost(kubectl);
      const describes = async (what: readonly string[], expected: readonly string[]) => {
        const output = (await kubectl.ok(['describe', ...what])).replace(/[ \t]+/g, ' ');
        for (const part of expected) expect(output).toContain(part);
      };
      const { namespace } = kubectl;
      await describes(
        ['pod', pod],
        [
          `Name: ${pod}`,
          `Namespace: ${namespace}`,
          'Node: ',
          'Labels: app=agnhost\n role=primary',
          'Annotations: ',
          'Status: Running',
          'IP: ',
          'Controlled By: ReplicationController/agnhost-primary',
          'Image: agnhost:2.53',
          'State: Running',
          'QoS Class: BestEffort',
        ],
      );
      await describes(
        ['rc', 'agnhost-primary'],
        [
          'Name: agnhost-primary',
          `Namespace: ${namespace}`,
          'Selector: app=agnhost,role=primary',
          'Labels: app=agnhost\n role=primary',
          'Replicas: 1 current / 1 desired',
          'Pods Status: 1 Running / 0 Waiting / 0 Succeeded / 0 Failed',
          'Pod Template:',
          'Image: agnhost:2.53',
          'Events:',
        ],
      );
      await describes(
        ['service', 'agnhost-primary'],
        [
          'Name: agnhost-primary',
          `Namespace: ${namespace}`,
          'Selector: app=agnhost,role=primary',
          'Type: ClusterIP',
          'IP: ',
          'Port: <unset> 6379/TCP',
          'Endpoints: ',
          'Session Affinity: None',
        ],
      );
      await describes(
        ['node', 'node-1'],
        [
          'Name: node-1',
          'Labels: ',
          'Annotations: ',
          'CreationTimestamp: ',
          'Conditions:',
          'Type Status LastHeartbeatTime LastTransitionTime Reason Message',
          'Addresses:',
          'Capacity:',
          'Kernel Version: ',
          'OS Image: ',
          'Container Runtime Version: ',
          'Kubelet Version: ',
          'Pods:',
        ],
      );
      await describes(['namespace', namespace], [`Name: ${namespace}`, 'Labels: ', 'Annotations: ', 'Status: Active']);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl diff should check if kubectl diff finds a difference for Deployments',
    withKubectl('diff', async (kubectl) => {
      await kubectl.ok(['create', '-f', '-'], httpdDeployment(httpd));
      const { exitCode, stdout } = await kubectl.run(['diff', '-f', '-'], httpdDeployment(busybox));
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(new RegExp(`^-.*image: ${httpd}$`, 'm'));
      expect(stdout).toMatch(new RegExp(`^\\+.*image: ${busybox}$`, 'm'));
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl expose should create services for rc',
    withKubectl('expose', async (kubectl) => {
      await createAgnhost(kubectl);
      const { cluster: services } = cluster;
      const isServed = async (name: string, port: number) => {
        const { spec } = await kubectl.json('service', name);
        expect(spec.ports).toMatchObject([{ port, targetPort: 6379 }]);
        expect(spec.selector).toEqual(agnhostLabels);
        const path = `/api/v1/namespaces/${kubectl.namespace}/endpoints/${name}`;
        await untilEndpoints(services, kubectl.namespace, name);
        expect((await services.raw.get(path)).body.subsets).toMatchObject([{ ports: [{ port: 6379 }] }]);
      };
      await kubectl.ok(['expose', 'rc', 'agnhost-primary', '--name=rm2', '--port=1234', '--target-port=6379']);
      await isServed('rm2', 1234);
      await kubectl.ok(['expose', 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379']);
      await isServed('rm3', 2345);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl label should update the label on a resource',
    withKubectl('label', async (kubectl) => {
      await kubectl.ok(['create', '-f', '-'], pausePod);
      await kubectl.readyPods('name', 'pause', 1);
      await kubectl.ok(['label', 'pods', 'pause', 'testing-label=testing-label-value']);
      const shown = () => kubectl.ok(['get', 'pod', 'pause', '-L', 'testing-label']);
      expect(await shown()).toContain('testing-label-value');
      await kubectl.ok(['label', 'pods', 'pause', 'testing-label-']);
      expect(await shown()).not.toContain('testing-label-value');
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl patch should add annotations for pods in rc',
    withKubectl('patch', async (kubectl) => {
      const pod = await createAgnhost(kubectl);
      await kubectl.ok(['patch', 'pod', pod, '-p', '{"metadata":{"annotations":{"x":"y"}}}']);
      expect((await kubectl.json('pod', pod)).metadata.annotations.x).toBe('y');
    }),
  );

  conformance(
    "[sig-cli] Kubectl client Kubectl replace should update a single-container pod's image",
    withKubectl('replace', async (kubectl) => {
      await runHttpd(kubectl);
      await kubectl.readyPods('run', podName, 1);
      const pod = await kubectl.ok(['get', 'pod', podName, '-o', 'json']);
      await kubectl.ok(['replace', '-f', '-'], pod.replaceAll(httpd, busybox));
      expect(await imageOf(kubectl)).toBe(busybox);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never',
    withKubectl('run', async (kubectl) => {
      await runHttpd(kubectl, '--restart=Never');
      const { spec } = await kubectl.json('pod', podName);
      expect(spec).toMatchObject({ restartPolicy: 'Never', containers: [{ image: httpd }] });
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods',
    withKubectl('dry-run', async (kubectl) => {
      await runHttpd(kubectl);
      const change = JSON.stringify({ spec: { containers: [{ name: podName, image: busybox }] } });
      await kubectl.ok(['patch', 'pod', podName, '-p', change, '--dry-run=server']);
      expect(await imageOf(kubectl)).toBe(httpd);
    }),
  );
});
