import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node';
import type { ApiObject } from '@orrery/api';
import type { HttpsCluster } from '../api/https-cluster.ts';
import { documentsOf, type Values } from './bundle.ts';
import { inInstallOrder } from './install-order.ts';
import { type Release, ReleaseRecords } from './release-records.ts';
import { threeWayPatch } from './three-way-patch.ts';

type Fields = Record<string, unknown>;
type HookEvent = 'pre-install' | 'post-install' | 'pre-upgrade' | 'pre-rollback' | 'pre-delete';

/** Of kubectl's waits. */
const timeout = '--timeout=20s';

/** Does with a bundle what Helm 3 does with a chart, through the JavaScript client and kubectl. */
export class Installer {
  private readonly config = new KubeConfig();
  readonly records: ReleaseRecords;

  constructor(
    private readonly cluster: HttpsCluster,
    private readonly namespace: string,
  ) {
    this.config.loadFromString(cluster.kubeconfig);
    this.records = new ReleaseRecords(this.config, namespace);
  }

  async install(name: string, bundle: string, values: Values): Promise<Release> {
    await this.installDefinitions(documentsOf(bundle, 'crds', values));
    const release = this.releaseOf(name, 1, 'pending-install', bundle, values);
    await this.records.create(release);
    await this.runHooks(release, 'pre-install');
    for (const object of release.manifest) await this.client.create(theirs(object));
    await this.waitUntilReady(release);
    await this.runHooks(release, 'post-install');
    return this.records.setStatus(release, 'deployed');
  }

  /** Rejects with what the server refused; the release is `failed` then. */
  async upgrade(name: string, bundle: string, values: Values): Promise<Release> {
    const current = await this.records.deployed(name);
    const version = ((await this.records.of(name)).at(-1)?.version ?? 0) + 1;
    const release = this.releaseOf(name, version, 'pending-upgrade', bundle, values);
    return this.replace(current, current, release, 'pre-upgrade');
  }

  /** Brings back what revision `version` was. */
  async rollback(name: string, version: number): Promise<Release> {
    const all = await this.records.of(name);
    const wanted = all.find((release) => release.version === version);
    const last = all.at(-1);
    if (wanted === undefined || last === undefined) throw new Error(`${name} has no revision ${version}`);
    const release: Release = { ...wanted, version: last.version + 1, status: 'pending-rollback' };
    return this.replace(await this.records.deployed(name), last, release, 'pre-rollback');
  }

  /** Definitions stay, and so do the objects of hooks. */
  async uninstall(name: string): Promise<void> {
    const release = await this.records.setStatus(await this.records.deployed(name), 'uninstalling');
    await this.runHooks(release, 'pre-delete');
    for (const object of release.manifest.toReversed()) await this.delete(object);
    await this.records.remove(name);
  }

  /** `deployed`: what a success supersedes. `last`: what was last tried, hence what is there. */
  private async replace(deployed: Release, last: Release, release: Release, hook: HookEvent): Promise<Release> {
    await this.records.create(release);
    try {
      await this.runHooks(release, hook);
      for (const object of release.manifest) await this.createOrPatch(object, counterpart(object, last));
      for (const object of last.manifest.toReversed()) {
        if (counterpart(object, release) === undefined) await this.delete(object);
      }
      await this.waitUntilReady(release);
    } catch (error) {
      await this.records.setStatus(release, 'failed');
      throw error;
    }
    await this.records.setStatus(deployed, 'superseded');
    return this.records.setStatus(release, 'deployed');
  }

  private async createOrPatch(object: ApiObject, original: ApiObject | undefined): Promise<void> {
    const current = await this.read(object);
    if (current === undefined) {
      await this.client.create(theirs(object));
      return;
    }
    const strategic = !object.apiVersion.includes('example.com');
    const patch = threeWayPatch(original, object, current, strategic);
    if (Object.keys(patch).length === 0) return;
    if (strategic) await this.patchStrategically(object, patch);
    else await this.patchByMerge(object, patch);
  }

  /** By kubectl: the JavaScript client drops the directives of such patches. */
  private async patchStrategically(object: ApiObject, patch: unknown): Promise<void> {
    const { name } = object.metadata;
    await this.kubectl('patch', resourceOf(object), name, '--type=strategic', '-p', JSON.stringify(patch));
  }

  private async patchByMerge({ apiVersion, kind, metadata: { name } }: ApiObject, patch: Fields): Promise<void> {
    const address = { apiVersion, kind, metadata: { ...(patch.metadata as object), name, namespace: this.namespace } };
    const body = theirs({ ...patch, ...address });
    await this.client.patch(body, undefined, undefined, 'helm', undefined, PatchStrategy.MergePatch);
  }

  private async read(object: ApiObject): Promise<ApiObject | undefined> {
    try {
      const header = { ...object, metadata: { name: object.metadata.name, namespace: this.namespace } };
      return JSON.parse(JSON.stringify(await this.client.read(header))) as ApiObject;
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  }

  private async delete({ kind, apiVersion, metadata: { name } }: ApiObject): Promise<void> {
    const object = { kind, apiVersion, metadata: { name, namespace: this.namespace } };
    await this.client.delete(object, undefined, undefined, undefined, undefined, 'Background').catch((error) => {
      if (!(error instanceof ApiException && error.code === 404)) throw error;
    });
    await this.kubectl('wait', '--for=delete', `${resourceOf(object)}/${name}`, timeout);
  }

  /** By kubectl: the JavaScript client has other names for some fields of schemas. */
  private async installDefinitions(definitions: readonly ApiObject[]): Promise<void> {
    for (const definition of definitions) {
      if ((await this.read(definition)) !== undefined) continue;
      const { exitCode, stderr } = await this.cluster.kubectl(['create', '-f', '-'], JSON.stringify(definition));
      if (exitCode !== 0) throw new Error(stderr);
      await this.kubectl('wait', '--for=condition=Established', `crd/${definition.metadata.name}`, timeout);
    }
  }

  /** One after the other, by weight; a pod must have ended well. */
  private async runHooks({ hooks }: Release, event: HookEvent): Promise<void> {
    const weight = (hook: ApiObject): number => Number(annotation(hook, 'helm.sh/hook-weight') || 0);
    const wanted = hooks.filter((hook) => annotation(hook, 'helm.sh/hook').split(',').includes(event));
    for (const hook of wanted.toSorted((a, b) => weight(a) - weight(b))) {
      const policies = annotation(hook, 'helm.sh/hook-delete-policy').split(',');
      if (policies.includes('before-hook-creation')) await this.delete(hook);
      await this.client.create(theirs(hook));
      if (hook.kind !== 'Pod') continue;
      await this.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${hook.metadata.name}`, timeout);
      if (policies.includes('hook-succeeded')) await this.delete(hook);
    }
  }

  private async waitUntilReady({ manifest }: Release): Promise<void> {
    for (const { kind, metadata } of manifest) {
      if (kind === 'Deployment') await this.kubectl('rollout', 'status', `deployment/${metadata.name}`, timeout);
    }
  }

  private releaseOf(name: string, version: number, status: Release['status'], bundle: string, values: Values): Release {
    const all = { ...values, name, namespace: this.namespace };
    const own = (object: ApiObject): ApiObject => this.marked(object, name);
    const manifest = inInstallOrder(documentsOf(bundle, 'templates', all).map(own));
    return {
      name,
      version,
      status,
      manifest,
      hooks: documentsOf(bundle, 'hooks', all).map((hook) => this.placed(hook)),
    };
  }

  private marked(object: ApiObject, release: string): ApiObject {
    const { metadata } = object;
    return this.placed({
      ...object,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm', 'app.kubernetes.io/instance': release },
        annotations: {
          ...metadata.annotations,
          'meta.helm.sh/release-name': release,
          'meta.helm.sh/release-namespace': this.namespace,
        },
      },
    });
  }

  private placed(object: ApiObject): ApiObject {
    const isClusterWide = object.kind.endsWith('WebhookConfiguration');
    return isClusterWide ? object : { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
  }

  private async kubectl(...args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.cluster.kubectl([...args, '-n', this.namespace]);
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  }

  /** It remembers what the server offers, which definitions change. */
  private get client(): KubernetesObjectApi {
    return KubernetesObjectApi.makeApiClient(this.config);
  }
}

function counterpart({ kind, metadata }: ApiObject, { manifest }: Release): ApiObject | undefined {
  return manifest.find((other) => other.kind === kind && other.metadata.name === metadata.name);
}

function annotation({ metadata }: ApiObject, name: string): string {
  return metadata.annotations?.[name] ?? '';
}

/** As kubectl takes it: `deployment.v1.apps`. */
function resourceOf({ kind, apiVersion }: Pick<ApiObject, 'kind' | 'apiVersion'>): string {
  const [group, version] = apiVersion.split('/');
  return version === undefined ? kind : `${kind}.${version}.${group}`;
}

/** The client's own type has dates where JSON has texts. */
function theirs(object: unknown): KubernetesObject {
  return object as KubernetesObject;
}
