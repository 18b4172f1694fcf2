import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from '../api/https-cluster.ts';
import { kubectlVersions } from '../e2e/kubectl-versions.ts';
import { type Outcome, run } from '../e2e/orrery-command.ts';

jest.setTimeout(60_000);

const versions = kubectlVersions();
const oldestAndNewest = [...new Set([versions.at(0), versions.at(-1)])].filter((version) => version !== undefined);

let cluster: HttpsCluster;
beforeAll(async () => {
  cluster = await HttpsCluster.start();
});
afterAll(() => cluster.stop());

it('has a kubectl to try', () => {
  expect(oldestAndNewest).not.toEqual([]);
});

/** What a person sees who makes a mistake: kubectl's own words around the server's. */
describe.each(oldestAndNewest)('a mistake typed into $label', ({ label, path }) => {
  const kubectl = (args: string, input = ''): Promise<Outcome> => {
    const env = { ...process.env, KUBECONFIG: join(cluster.folder, 'kubeconfig'), HOME: cluster.folder };
    return run(path, args.split(' '), { env, input, timeoutMs: 30_000 });
  };

  it.each([
    [
      'an unknown field',
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndat: {a: b}',
      /unknown field "(ConfigMap\.)?dat"/,
    ],
    ['a wrong type', 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata: {a: [1]}', /data|invalid type/],
    [
      'an invalid name',
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: A}',
      /^The ConfigMap "A" is invalid: metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of/,
    ],
    ['an unknown kind', 'kind: Foo\napiVersion: v1\nmetadata: {name: a}', /no matches for kind "Foo" in version "v1"/],
    [
      'YAML that is not YAML',
      'a: [',
      /^error: error parsing STDIN: error converting YAML to JSON: yaml: line 1: did not find expected node content/,
    ],
  ])('%s', async (_, input, message) => {
    const { exitCode, stdout, stderr } = await kubectl('create -f -', input);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('a stale resourceVersion', async () => {
    const name = `stale-${versions.findIndex((version) => version.label === label)}`;
    const object = (resourceVersion: string) =>
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, resourceVersion } });
    expect((await kubectl('create -f -', object(''))).exitCode).toBe(0);
    const { exitCode, stderr } = await kubectl('replace -f -', object('1'));
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      `Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "${name}": the object has been modified; please apply your changes to the latest version and try again\n`,
    );
  });

  it('deleting what does not exist', async () => {
    const { exitCode, stderr } = await kubectl('delete configmap nobody');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'Error from server (NotFound): configmaps "nobody" not found\n',
    });
  });
});
