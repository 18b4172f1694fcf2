import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { Pod } from '@orrery/api';
import type { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { KubectlSession } from './kubectl-session.ts';
import { guestbook, replicationController } from './manifests.ts';
import { runningCluster, untilEndpoints } from './running-cluster.ts';

jest.setTimeout(30_000);

const nautilus = replicationController('update-demo-nautilus', 'nautilus:1.7', { name: 'update-demo' }, 2);

describe('applications under kubectl', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await runningCluster();
  });
  afterAll(() => cluster.stop());

  const withKubectl = (name: string, test: (kubectl: KubectlSession) => Promise<void>) => () =>
    KubectlSession.forEach(cluster, name, test);
  const untilNoPods = ({ namespace }: KubectlSession) =>
    cluster.cluster.waitForAll(Pod, (pods) => pods.every((pod) => pod.metadata.namespace !== namespace));

  /** As upstream asks: by templates over what `get` answers. */
  const validateDemo = async (kubectl: KubectlSession, replicas: number) => {
    await kubectl.readyPods('name', 'update-demo', replicas);
    const template = (text: string, ...what: string[]) =>
      kubectl.ok(['get', ...what, '-o', 'template', `--template=${text}`]);
    const names = (await template('{{range.items}}{{.metadata.name}} {{end}}', 'pods', '-l', 'name=update-demo')).split(
      ' ',
    );
    expect(names.filter((name) => name !== '')).toHaveLength(replicas);
    for (const name of names.filter((one) => one !== '')) {
      const running =
        '{{range .status.containerStatuses}}{{if (and (eq .name "update-demo-nautilus") (exists . "state" "running"))}}true{{end}}{{end}}';
      const image = '{{range .spec.containers}}{{if eq .name "update-demo-nautilus"}}{{.image}}{{end}}{{end}}';
      expect(await template(running, 'pods', name)).toBe('true');
      expect(await template(image, 'pods', name)).toBe('nautilus:1.7');
    }
  };
  const deleteAtOnce = (kubectl: KubectlSession, manifest: string) =>
    kubectl.ok(['delete', '--grace-period=0', '--force', '-f', '-'], manifest);

  conformance(
    '[sig-cli] Kubectl client Update Demo should create and stop a replication controller',
    withKubectl('demo', async (kubectl) => {
      await kubectl.ok(['create', '-f', '-'], nautilus);
      await validateDemo(kubectl, 2);
      await deleteAtOnce(kubectl, nautilus);
      await untilNoPods(kubectl);
      expect(await kubectl.ok(['get', 'rc,svc', '-l', 'name=update-demo', '--no-headers'])).toBe('');
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Update Demo should scale a replication controller',
    withKubectl('demo-scale', async (kubectl) => {
      await kubectl.ok(['create', '-f', '-'], nautilus);
      await validateDemo(kubectl, 2);
      for (const replicas of [1, 2]) {
        await kubectl.ok(['scale', 'rc', 'update-demo-nautilus', `--replicas=${replicas}`, '--timeout=5m']);
        await validateDemo(kubectl, replicas);
      }
      await deleteAtOnce(kubectl, nautilus);
    }),
  );

  conformance(
    '[sig-cli] Kubectl client Guestbook application should create and stop a working application',
    withKubectl('guestbook', async (kubectl) => {
      for (const manifest of guestbook) await kubectl.ok(['create', '-f', '-'], manifest);
      await kubectl.readyPods('of', 'frontend', 3);
      await kubectl.readyPods('of', 'agnhost-primary', 1);
      await kubectl.readyPods('of', 'agnhost-replica', 2);
      for (const service of ['frontend', 'agnhost-primary', 'agnhost-replica']) {
        await untilEndpoints(cluster.cluster, kubectl.namespace, service);
      }
      for (const manifest of guestbook) await deleteAtOnce(kubectl, manifest);
      await untilNoPods(kubectl);
      expect((await kubectl.json('deployments,services')).items).toEqual([]);
    }),
  );

  conformance(
    '[sig-cli] Kubectl logs logs should be able to retrieve and filter logs',
    withKubectl('logs', async (kubectl) => {
      const line = 'GET /api/v1/namespaces/default/pods/abc 200';
      const script = ['log-every=100ms', `log=${line}`].map(
        (setting) => `simulation.orrery.dev/logs-generator.${setting}`,
      );
      const annotations = script.flatMap((setting) => ['--annotations', setting]);
      await kubectl.ok(['run', 'logs-generator', '--image=agnhost:2.53', '--restart=Never', ...annotations]);
      await cluster.cluster.waitFor(
        Pod,
        { namespace: kubectl.namespace, name: 'logs-generator' },
        (pod) => pod?.status.phase === 'Running',
      );
      const logs = (...options: string[]) => kubectl.ok(['logs', 'logs-generator', 'logs-generator', ...options]);
      const linesOf = (text: string) => text.trimEnd().split('\n');
      // Follows the log until enough of it is older than what `--since` asks for below.
      const following = kubectl.start(['logs', '-f', 'logs-generator']);
      let seen = '';
      for await (const chunk of following.stdout ?? []) {
        seen += String(chunk);
        if (linesOf(seen).length >= 30) break;
      }
      following.kill();

      expect(linesOf(await logs())).toContain(line);
      expect(linesOf(await logs('--tail=1'))).toEqual([line]);
      expect(await logs('--limit-bytes=1')).toHaveLength(1);
      const [stamped = '', ...others] = linesOf(await logs('--tail=1', '--timestamps'));
      expect(others).toEqual([]);
      const [timestamp = ''] = stamped.split(' ');
      expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
      const recent = linesOf(await logs('--since=1s')).length;
      const all = linesOf(await logs('--since=24h')).length;
      expect(recent).toBeLessThan(all);
    }),
  );
});
