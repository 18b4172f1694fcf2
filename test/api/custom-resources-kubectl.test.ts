import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { cronTabDefinition } from './cron-tab-definition.ts';
import { describeWithKubectl } from './describe-with-kubectl.ts';
import { HttpsCluster } from './https-cluster.ts';

jest.setTimeout(90_000);

const cronTab = (spec: string) => `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: nightly}
spec: {${spec}}
`;

describeWithKubectl('kubectl and custom resources', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(() => cluster.stop());

  const ok = (args: string, input?: string): Promise<string> => cluster.kubectlOk(args, input);

  it('applies a definition and waits until it is established', async () => {
    await ok('apply -f -', JSON.stringify(cronTabDefinition));
    expect(await ok('wait --for condition=established --timeout=30s crd/crontabs.stable.example.com')).toContain('met');
    expect(await ok('api-resources --api-group=stable.example.com')).toMatch(
      /crontabs +ct +stable.example.com\/v1 +true +CronTab/,
    );
    expect(await ok('api-versions')).toContain('stable.example.com/v1');
  });

  it('explains the kind from its schema', async () => {
    expect(await ok('explain crontab')).toMatch(/CronTab runs an image now and then/);
    expect(await ok('explain crontab.spec.cronSpec')).toMatch(/FIELD:\s+cronSpec <string>[\s\S]*When it runs/);
  });

  it('applies, shows, scales, patches and deletes objects', async () => {
    expect(await ok('apply -f -', cronTab('cronSpec: "0 1 * * *", image: backup, color: red'))).toBe(
      'crontab.stable.example.com/nightly created\n',
    );
    expect(await ok('get ct')).toMatch(/NAME +SPEC +AGE\nnightly +0 1 \* \* \* +\d+s/);
    expect(await ok('get ct -o wide')).toMatch(/NAME +SPEC +REPLICAS +AGE\nnightly +0 1 \* \* \* +1 +\d+s/);
    expect(await ok('get all')).toContain('crontab.stable.example.com/nightly');
    expect(await ok('get ct --field-selector spec.color=blue -o name')).toBe('');
    expect(await ok('get ct --field-selector spec.color=red -o name')).toContain('nightly');
    expect(await ok('scale ct/nightly --replicas=3')).toContain('scaled');
    expect(await ok('get ct nightly -o jsonpath={.spec.replicas}')).toBe('3');
    expect(await ok('patch ct nightly --type=merge -p {"spec":{"image":"other"}}')).toContain('patched');
    expect(await ok('apply -f -', cronTab('cronSpec: "0 2 * * *", image: backup'))).toContain('configured');
    expect(await ok('get ct nightly -o jsonpath={.spec}')).toBe(
      '{"cronSpec":"0 2 * * *","image":"backup","replicas":3}',
    );
    expect(await ok('apply --server-side --force-conflicts -f -', cronTab('cronSpec: "0 3 * * *"'))).toContain(
      'serverside-applied',
    );
    expect(await ok('describe ct nightly')).toMatch(/Cron Spec: +0 3 \* \* \*/);
    expect(await ok('delete ct nightly')).toContain('deleted');
  });

  it('is told what is wrong with an object', async () => {
    const wrong = await cluster.kubectl(
      ['create', '--validate=false', '-f', '-'],
      cronTab('cronSpec: never, replicas: "2", color: green'),
    );
    expect(wrong.stderr).toContain(
      `spec.cronSpec: Invalid value: "never": spec.cronSpec in body should match '^\\S+( \\S+){4}$'`,
    );
    expect(wrong.stderr).toContain('spec.color: Unsupported value: "green": supported values: "red", "blue"');
    expect(wrong.stderr).toContain(
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    );
    const unknown = await cluster.kubectl(['create', '-f', '-'], cronTab('cronSpec: "0 1 * * *", colour: red'));
    // Old clients look into the schema themselves.
    expect(unknown.stderr).toMatch(/unknown field "(spec\.)?colour"/);
  });

  it('deletes the objects with their definition', async () => {
    await ok('apply -f -', cronTab('cronSpec: "0 1 * * *"'));
    expect(await ok('delete crd crontabs.stable.example.com')).toContain('deleted');
    const gone = await cluster.kubectl(['get', 'crontabs']);
    expect(gone.stderr).toContain('the server could not find the requested resource');
    await ok('apply -f -', JSON.stringify(cronTabDefinition));
    await ok('wait --for condition=established --timeout=30s crd/crontabs.stable.example.com');
    expect(await ok('get crontabs.stable.example.com -o name')).toBe('');
  });
});
