import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { describeWithKubectl } from './describe-with-kubectl.ts';
import { HttpsCluster } from './https-cluster.ts';

jest.setTimeout(60_000);

const deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: hello, labels: {app: hello}}
spec:
  replicas: 3
  selector: {matchLabels: {app: hello}}
  template:
    metadata: {labels: {app: hello}}
    spec: {containers: [{name: web, image: "hello:1", ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: hello}
spec: {selector: {app: hello}, ports: [{port: 80}]}
`;

describeWithKubectl('kubectl', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const ok = (args: string, input?: string): Promise<string> => cluster.kubectlOk(args, input);

  it('finds the server and its namespaces', async () => {
    expect(await ok('version')).toContain('v1.36');
    expect(await ok('get --raw /readyz')).toBe('ok');
    expect(await ok('get namespaces')).toMatch(/NAME +STATUS +AGE\ndefault +Active/);
    expect(await ok('api-resources')).toContain('deployments');
  });

  it('applies, shows, changes and deletes', async () => {
    expect(await ok('apply -f -', deployment)).toBe('deployment.apps/hello created\nservice/hello created\n');
    expect(await ok('apply -f -', deployment)).toBe('deployment.apps/hello unchanged\nservice/hello unchanged\n');
    expect(await ok('get deploy,svc hello -o wide')).toMatch(/deployment.apps\/hello +0\/3/);
    expect(await ok('get svc hello -o jsonpath={.spec.clusterIP}')).toMatch(/^10\.(9[6-9]|10\d|11[01])\./);
    expect(await ok('scale deploy/hello --replicas=5')).toContain('scaled');
    expect(await ok('get deploy hello -o jsonpath={.spec.replicas}')).toBe('5');
    expect(await ok('set image deploy/hello web=hello:2')).toContain('image updated');
    expect(await ok('label deploy/hello tier=web')).toContain('labeled');
    expect(await ok('describe deploy hello')).toContain('hello:2');
    expect(await ok('explain deployment.spec.replicas')).toContain('FIELD');
    expect(await ok('delete -f -', deployment)).toContain('deployment.apps "hello" deleted');
    expect(await ok('get deploy')).toBe('');
  });

  it('is told what is wrong', async () => {
    const missing = await cluster.kubectl(['get', 'pod', 'nobody']);
    expect(missing.stderr).toContain('Error from server (NotFound): pods "nobody" not found');
    const invalid = await cluster.kubectl(['apply', '-f', '-'], deployment.replace('replicas: 3', 'replicas: -1'));
    expect(invalid.stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  });

  it('names address, port and fix when the port is taken', async () => {
    await expect(HttpsCluster.start({ https: { apiPort: cluster.port } })).rejects.toThrow(
      `port ${cluster.port} on 127.0.0.1 is taken`,
    );
  });
});
