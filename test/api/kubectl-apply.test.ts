import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { describeWithKubectl } from './describe-with-kubectl.ts';
import { HttpsCluster } from './https-cluster.ts';

jest.setTimeout(60_000);

const deployment = (replicas: number, image = 'hello:1') => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, namespace: default}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {app: hello}}
    spec: {containers: [{name: web, image: "${image}"}]}
`;

describeWithKubectl('kubectl apply', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const ok = (args: string, input?: string): Promise<string> => cluster.kubectlOk(args, input);

  it('moves an object from client-side to server-side apply', async () => {
    await ok('apply -f -', deployment(1));
    expect(await ok('apply --server-side -f -', deployment(2))).toContain('serverside-applied');
    expect(await ok('get deploy hello -o jsonpath={.spec.replicas}')).toBe('2');
    const managers = await ok(
      'get deploy hello --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}',
    );
    expect(managers.split(' ')).toContain('kubectl');
    const lastApplied = await ok('apply view-last-applied deploy/hello -o json');
    expect(JSON.parse(lastApplied)).toMatchObject({ spec: { replicas: 2 } });
  });

  it('is told of conflicts, and may force its way', async () => {
    await ok('scale deploy/hello --replicas=5');
    const refused = await cluster.kubectl(['apply', '--server-side', '-f', '-'], deployment(2));
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas');
    expect(await ok('apply --server-side --force-conflicts -f -', deployment(2))).toContain('serverside-applied');
    expect(await ok('get deploy hello -o jsonpath={.spec.replicas}')).toBe('2');
  });

  it('shows what an apply would change', async () => {
    const { exitCode, stdout } = await cluster.kubectl(['diff', '--server-side', '-f', '-'], deployment(2, 'hello:2'));
    expect(exitCode).toBe(1);
    expect(stdout).toContain('+      - image: hello:2'.replace('      ', '      '));
    expect((await cluster.kubectl(['diff', '-f', '-'], deployment(2))).exitCode).toBe(0);
    expect(await ok('get deploy hello -o jsonpath={.spec.template.spec.containers[0].image}')).toBe('hello:1');
  });
});
