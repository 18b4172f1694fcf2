import { gunzipSync, gzipSync } from 'node:zlib';
import { CoreV1Api, type KubeConfig, type V1Secret } from '@kubernetes/client-node';
import type { ApiObject } from '@orrery/api';

export type ReleaseStatus =
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'deployed'
  | 'superseded'
  | 'failed'
  | 'uninstalling';

/** One revision of a release. */
export interface Release {
  readonly name: string;
  /** 1, 2, … */
  readonly version: number;
  readonly status: ReleaseStatus;
  readonly manifest: readonly ApiObject[];
  readonly hooks: readonly ApiObject[];
}

/** The revisions of releases as Helm keeps them: a secret each, with the release as base64 of gzip of JSON inside. */
export class ReleaseRecords {
  private readonly api: CoreV1Api;

  constructor(
    config: KubeConfig,
    private readonly namespace: string,
  ) {
    this.api = config.makeApiClient(CoreV1Api);
  }

  async create(release: Release): Promise<void> {
    await this.api.createNamespacedSecret({ namespace: this.namespace, body: this.secretOf(release) });
  }

  /** Also gives the release back as it is now. */
  async setStatus(release: Release, status: ReleaseStatus): Promise<Release> {
    const changed = { ...release, status };
    const body = this.secretOf(changed);
    await this.api.replaceNamespacedSecret({ namespace: this.namespace, name: nameOf(release), body });
    return changed;
  }

  /** All revisions, the first one first. */
  async of(name: string): Promise<Release[]> {
    const labelSelector = `owner=helm,name=${name}`;
    const { items } = await this.api.listNamespacedSecret({ namespace: this.namespace, labelSelector });
    return items.map(releaseOf).toSorted((a, b) => a.version - b.version);
  }

  async deployed(name: string): Promise<Release> {
    const release = (await this.of(name)).findLast(({ status }) => status === 'deployed');
    if (release === undefined) throw new Error(`"${name}" has no deployed releases`);
    return release;
  }

  async remove(name: string): Promise<void> {
    for (const release of await this.of(name)) {
      await this.api.deleteNamespacedSecret({ namespace: this.namespace, name: nameOf(release) });
    }
  }

  private secretOf(release: Release): V1Secret {
    const { name, version, status } = release;
    const packed = gzipSync(JSON.stringify(release)).toString('base64');
    return {
      type: 'helm.sh/release.v1',
      metadata: {
        name: nameOf(release),
        namespace: this.namespace,
        labels: { name, owner: 'helm', status, version: String(version) },
      },
      data: { release: Buffer.from(packed).toString('base64') },
    };
  }
}

function nameOf({ name, version }: Release): string {
  return `sh.helm.release.v1.${name}.v${version}`;
}

function releaseOf({ data }: V1Secret): Release {
  const packed = Buffer.from(data?.release ?? '', 'base64').toString('utf8');
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')) as Release;
}
