import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ApiObject, type ObjectKey, type ResourceInfo, ResourceTable } from '@orrery/api';
import { HttpsCluster } from '../api/https-cluster.ts';
import { oldestAndNewestKubectl } from '../e2e/kubectl-versions.ts';
import { Coverage } from './coverage.ts';
import { ClientNodeFace } from './faces/client-node-face.ts';
import { type Face, type PatchType, pathOf } from './faces/face.ts';
import { KubectlFace } from './faces/kubectl-face.ts';
import { RawFace } from './faces/raw-face.ts';
import { sampleOf } from './samples.ts';
import { callSubresource } from './subresources.ts';

jest.setTimeout(30_000);

const resources = ResourceTable.builtIn().all();
const stored = resources.filter(({ verbs }) => verbs.includes('get') && verbs.includes('create'));
const askedOnly = resources.filter(({ verbs, resource }) => verbs.length === 1 && resource !== 'bindings');
const kubectls = oldestAndNewestKubectl();
if (kubectls.length === 0) throw new Error('there is no kubectl on this machine; `npm test` unpacks one');
const faceNames = ['raw', 'client-node', ...kubectls.map(({ label }) => label)];
/** What each client must have done with every resource that can be stored. */
const faceVerbs = ['create', 'get', 'list', 'watch', 'update', 'delete'];

const updateAttemptsMax = 5;
const coverage = new Coverage();
let cluster: HttpsCluster;
let raw: RawFace;
const faces: Face[] = [];

beforeAll(async () => {
  cluster = await HttpsCluster.start({ settings: { apiserver: { runtimeConfig: ['api/all=true'] } } });
  raw = new RawFace(cluster);
  faces.push(raw, new ClientNodeFace(cluster.kubeconfig));
  faces.push(...kubectls.map((kubectl) => new KubectlFace(cluster, kubectl)));
  for (const name of faceNames.map(namespaceOf)) {
    await raw.ok('POST', '/api/v1/namespaces', { metadata: { name } });
    await raw.ok('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
});

afterAll(async () => {
  process.stderr.write(`${coverage.report()}\n`);
  await cluster.stop();
});

const faceOf = (name: string): Face => faces.find((face) => face.name === name) as Face;

/** `kubectl.1.33` becomes `kubectl-1-33`, `Debian's kubectl` `debian-s-kubectl`. */
const namespaceOf = (faceName: string): string => faceName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

const title = ({ group, version, resource }: ResourceInfo): string => `${resource}.${version}.${group || 'core'}`;

describe.each(faceNames)('through %s', (faceName) => {
  it.each(stored.map((info) => [title(info), info] as const))('%s lives its life', async (_, info) => {
    const face = faceOf(faceName);
    const namespace = namespaceOf(faceName);
    const number = 1 + stored.indexOf(info);
    const place = { name: `${namespace}-${number}`, namespace, number };
    const sample = sampleOf(info, place);
    if (sample === undefined) throw new Error(`test/contract/samples has no ${info.kind} of ${info.group}`);
    await liveLife(face, info, sample);
  });
});

describe.each(askedOnly.map((info) => [title(info), info] as const))('%s', (_, info) => {
  it.each(faceNames)('answers through %s', async (faceName) => {
    const sample = sampleOf(info, { name: 'asked', namespace: namespaceOf(faceName), number: 1 });
    const answer = await faceOf(faceName).create(info, sample as ApiObject);
    expect(answer.kind).toBe(info.kind);
    coverage.add(faceName, info, 'create');
  });
});

describe('resources that are no objects of their own', () => {
  const core = (resource: string): ResourceInfo =>
    resources.find((info) => info.group === '' && info.resource === resource) as ResourceInfo;

  it('binds a pod', async () => {
    const pod = sampleOf(core('pods'), { name: 'bound', namespace: 'raw', number: 1 }) as ApiObject;
    await raw.create(core('pods'), pod);
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'somewhere' } };
    await raw.ok('POST', '/api/v1/namespaces/raw/bindings', binding);
    expect(await raw.get(core('pods'), { namespace: 'raw', name: 'bound' })).toMatchObject({
      spec: { nodeName: 'somewhere' },
    });
    coverage.add('raw', core('bindings'), 'create');
  });

  it('shows the state of components', async () => {
    const info = core('componentstatuses');
    const [first] = await raw.list(info, '');
    const key = { namespace: '', name: first?.metadata.name ?? '' };
    expect(await raw.get(info, key)).toMatchObject({ kind: 'ComponentStatus', conditions: [{ type: 'Healthy' }] });
    coverage.add('raw', info, 'list');
    coverage.add('raw', info, 'get');
  });
});

/** From creation to deletion, with everything in between that a client can do. */
async function liveLife(face: Face, info: ResourceInfo, sample: ApiObject): Promise<void> {
  const { namespace = '' } = sample.metadata;
  const covered = (verb: string): void => coverage.add(face.name, info, verb);

  const created = await face.create(info, sample);
  const key = { namespace, name: created.metadata.name };
  expect(created).toMatchObject({ kind: info.kind, metadata: { name: sample.metadata.name } });
  covered('create');

  const watch = await face.watch(info, namespace);
  try {
    expect(await watch.next(key.name)).toMatchObject({ type: 'ADDED', object: { kind: info.kind } });

    expect((await face.get(info, key)).metadata.uid).toBe(created.metadata.uid);
    covered('get');
    expect((await face.list(info, namespace)).map(({ metadata }) => metadata.name)).toContain(key.name);
    covered('list');

    for (const type of face.patchTypes(info)) {
      const patched = await face.patch(info, key, type, patchOf(type, sample));
      expect(patched.metadata.annotations).toMatchObject({ [`contract/${type}`]: 'done' });
      covered(`patch ${type}`);
      // A controller of the server may write in between; the change comes with one of the events.
      await untilSeen(
        watch.next.bind(watch, key.name),
        ({ metadata }) => metadata.annotations?.[`contract/${type}`] === 'done',
      );
    }
    covered('watch');

    expect((await updateLabels(face, info, key)).metadata.labels).toMatchObject({ updated: 'yes' });
    covered('update');

    if (face.table) {
      const { header, row } = await face.table(info, key);
      expect(header.toUpperCase()).toMatch(/^(NAME|LAST SEEN)/);
      expect(row).toContain(info.kind === 'Event' ? 'Tested' : key.name);
      covered('table');
    }
    if (face.explain) {
      expect(await face.explain(info)).toMatch(/metadata[\s\S]*<Object(Meta)?>/);
      covered('explain');
    }
    if (face === raw) await eachSubresource(info, key);

    await face.delete(info, key);
    covered('delete');
    await untilGone(watch.next.bind(watch, key.name), info, key);
  } finally {
    await watch.close();
  }
  if (face === raw && info.verbs.includes('deletecollection')) await deleteAll(info, sample);
}

/** Tries again, as clients do, where a controller of the server has written between reading and writing. */
async function updateLabels(face: Face, info: ResourceInfo, key: ObjectKey): Promise<ApiObject> {
  for (let attempt = 1; ; attempt += 1) {
    const current = await raw.get(info, key);
    const labels = { ...current.metadata.labels, updated: 'yes' };
    try {
      return await face.update(info, { ...current, metadata: { ...current.metadata, labels } });
    } catch (error) {
      if (attempt === updateAttemptsMax || !String(error).includes('the object has been modified')) throw error;
    }
  }
}

function patchOf(type: PatchType, { apiVersion, kind, metadata: { name, namespace }, ...rest }: ApiObject): unknown {
  const annotations = { [`contract/${type}`]: 'done' };
  switch (type) {
    case 'json':
      return [{ op: 'add', path: '/metadata/annotations/contract~1json', value: 'done' }];
    case 'merge':
    case 'strategic':
      return { metadata: { annotations } };
    case 'apply':
      return {
        apiVersion,
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }), annotations },
        ...rest,
      };
  }
}

type NextEvent = () => Promise<{ readonly type: string; readonly object: ApiObject }>;

async function untilSeen(next: NextEvent, wanted: (object: ApiObject) => boolean): Promise<void> {
  for (;;) {
    const event = await next();
    expect(event.type).toBe('MODIFIED');
    if (wanted(event.object)) return;
  }
}

/** Some objects wait for those that hold them; the controllers that let them go are not part of these tests. */
async function untilGone(next: NextEvent, info: ResourceInfo, key: { namespace: string; name: string }): Promise<void> {
  for (;;) {
    const { type, object } = await next();
    if (type === 'DELETED') return;
    expect(type).toBe('MODIFIED');
    if (object.metadata.deletionTimestamp === undefined) continue;
    if (info.resource === 'namespaces') {
      await raw.ok('PUT', `/api/v1/namespaces/${key.name}/finalize`, { ...object, spec: { finalizers: [] } });
      coverage.add('raw', info, 'update', 'finalize');
    } else if (info.resource === 'pods') {
      await raw.ok('DELETE', `${pathOf(info, key)}?gracePeriodSeconds=0`);
    } else if (info.resource !== 'customresourcedefinitions' && (object.metadata.finalizers ?? []).length > 0) {
      await raw.patch(info, key, 'merge', { metadata: { finalizers: null } });
    }
  }
}

async function eachSubresource(info: ResourceInfo, key: { namespace: string; name: string }): Promise<void> {
  for (const { name, verbs } of info.subresources) {
    for (const verb of verbs) {
      // Finalizing is the end of a namespace; it comes with its deletion.
      if (name === 'finalize') continue;
      await callSubresource(raw, info, key, name, verb);
      coverage.add('raw', info, verb, name);
    }
  }
}

async function deleteAll(info: ResourceInfo, sample: ApiObject): Promise<void> {
  const again = structuredClone(sample);
  again.metadata.labels = { ...again.metadata.labels, contract: again.metadata.name };
  const { namespace = '' } = again.metadata;
  const created = await raw.create(info, again);
  const selector = `?labelSelector=contract%3D${again.metadata.name}`;
  const { items } = await raw.ok('DELETE', `${pathOf(info, { namespace, name: '' })}${selector}`);
  expect(items.map(({ metadata }: ApiObject) => metadata.name)).toEqual([created.metadata.name]);
  coverage.add('raw', info, 'deletecollection');
}

describe('coverage', () => {
  it('leaves nothing uncovered that the server says it serves', async () => {
    const missing: string[] = [];
    for (const path of ['/api', '/apis']) {
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      const { body } = await raw.send('GET', path, undefined, undefined, accept);
      missing.push(...uncovered(body));
    }
    expect(missing).toEqual([]);
  });

  it('holds for each client, for all that it can do', () => {
    const missing: string[] = [];
    for (const face of faces) {
      for (const info of stored) {
        const verbs = [...faceVerbs, ...face.patchTypes(info).map((type) => `patch ${type}`)];
        if (face.table) verbs.push('table');
        if (face.explain) verbs.push('explain');
        const left = verbs.filter((verb) => !coverage.has(face.name, info, verb));
        missing.push(...left.map((verb) => `${face.name} ${title(info)} ${verb}`));
      }
    }
    expect(missing).toEqual([]);
  });
});

interface DiscoveredResource {
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly subresources?: readonly { readonly subresource: string; readonly verbs: readonly string[] }[];
}

interface DiscoveredGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly DiscoveredResource[] }[];
}

/** What a discovery document offers and no raw request has used. */
function uncovered(document: { readonly items: readonly DiscoveredGroup[] }): string[] {
  const missing: string[] = [];
  for (const { metadata, versions } of document.items) {
    for (const { version, resources: served } of versions) {
      for (const { resource, verbs, subresources = [] } of served) {
        const info = ResourceTable.builtIn().find(metadata.name ?? '', version, resource);
        if (info === undefined) continue;
        for (const verb of verbs) {
          const done = verb === 'patch' ? 'patch merge' : verb;
          if (!coverage.has('raw', info, done)) missing.push(`${title(info)} ${verb}`);
        }
        for (const { subresource, verbs: subVerbs } of subresources) {
          for (const verb of subVerbs) {
            if (!coverage.has('raw', info, verb, subresource)) missing.push(`${title(info)}/${subresource} ${verb}`);
          }
        }
      }
    }
  }
  return missing;
}
