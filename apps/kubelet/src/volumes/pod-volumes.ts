import type { Pod, Volume } from '@orrery/api';
import type { FieldContext } from '../environment/field-reference.ts';
import type { ObjectSource } from '../environment/object-source.ts';
import { bytesOf } from '../resources/resource-amount.ts';
import { checkHostPath } from './host-path.ts';
import type { PodFolders } from './pod-folders.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';
import type { PayloadFile, VolumeDriver } from './volume-driver.ts';
import { VolumeError } from './volume-error.ts';
import { configMapFiles, downwardApiFiles, secretFiles } from './volume-payload.ts';

/** Sets up pods' volumes and keeps those with contents from the API up to date. */
export class PodVolumes {
  /** What was last written, by folder: an unchanged payload is not written again. */
  private readonly written = new Map<string, string>();

  constructor(
    private readonly driver: VolumeDriver,
    private readonly folders: PodFolders,
    private readonly objects: ObjectSource,
    private readonly tokens: ServiceAccountTokens,
  ) {}

  /** Makes all volumes ready; the result is the path of each on the node. Throws `VolumeError`, worded as the event is. */
  async setUp(context: FieldContext): Promise<Map<string, string>> {
    const paths = new Map<string, string>();
    for (const volume of context.pod.spec.volumes ?? []) {
      try {
        paths.set(volume.name, await this.setUpOne(context, volume));
      } catch (error) {
        const cause = error instanceof Error ? error.message : String(error);
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${cause}`, { cause: error });
      }
    }
    return paths;
  }

  /** True where some volume's contents may change while the pod runs. */
  static needsRefresh(pod: Pod): boolean {
    return (pod.spec.volumes ?? []).some(({ configMap, secret, projected, downwardAPI }) =>
      Boolean(configMap ?? secret ?? projected ?? downwardAPI),
    );
  }

  async tearDown(podUid: string): Promise<void> {
    const folder = this.folders.pod(podUid);
    await this.driver.remove(folder);
    for (const path of [...this.written.keys()]) if (path.startsWith(`${folder}/`)) this.written.delete(path);
    this.tokens.forget(podUid);
  }

  private async setUpOne(context: FieldContext, volume: Volume): Promise<string> {
    const { uid } = context.pod.metadata;
    const group = context.pod.spec.securityContext?.fsGroup;
    if (volume.hostPath) return checkHostPath(this.driver, volume.hostPath);
    if (volume.emptyDir || isBare(volume)) {
      const path = this.folders.volume(uid, 'empty-dir', volume.name);
      const sizeBytes = volume.emptyDir?.sizeLimit ? bytesOf(volume.emptyDir.sizeLimit) : 0;
      const memory = volume.emptyDir?.medium === 'Memory' ? { memory: { sizeBytes } } : {};
      await this.driver.makeFolder(path, { mode: 0o777, ...memory, ...(group === undefined ? {} : { group }) });
      return path;
    }
    const plugin = pluginOf(volume);
    if (!plugin) throw new VolumeError('no volume plugin matched');
    const path = this.folders.volume(uid, plugin, volume.name);
    const files = await this.payload(context, volume);
    const inMemory = plugin !== 'configmap' && plugin !== 'downward-api';
    await this.driver.makeFolder(path, { mode: 0o755, ...(inMemory ? { memory: { sizeBytes: 0 } } : {}) });
    const signature = JSON.stringify(
      files.map(({ path: p, mode, data }) => [p, mode, Buffer.from(data).toString('base64')]),
    );
    if (this.written.get(path) !== signature) {
      await this.driver.writePayload(path, files, group);
      this.written.set(path, signature);
    }
    return path;
  }

  private async payload(context: FieldContext, volume: Volume): Promise<PayloadFile[]> {
    const namespace = context.pod.metadata.namespace ?? '';
    if (volume.configMap) {
      const { name = '', defaultMode, items, optional } = volume.configMap;
      return configMapFiles(name, await this.objects.configMap(namespace, name), {
        items,
        optional,
        mode: defaultMode,
      });
    }
    if (volume.secret) {
      const { secretName: name = '', defaultMode, items, optional } = volume.secret;
      return secretFiles(name, await this.objects.secret(namespace, name), { items, optional, mode: defaultMode });
    }
    if (volume.downwardAPI)
      return downwardApiFiles(context, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode);
    return this.projectedPayload(context, volume);
  }

  private async projectedPayload(context: FieldContext, { projected }: Volume): Promise<PayloadFile[]> {
    const { pod } = context;
    const namespace = pod.metadata.namespace ?? '';
    const mode = projected?.defaultMode ?? 0o644;
    const files: PayloadFile[] = [];
    for (const { configMap, secret, downwardAPI, serviceAccountToken } of projected?.sources ?? []) {
      if (configMap) {
        const { name = '', items, optional } = configMap;
        files.push(...configMapFiles(name, await this.objects.configMap(namespace, name), { items, optional, mode }));
      } else if (secret) {
        const { name = '', items, optional } = secret;
        files.push(...secretFiles(name, await this.objects.secret(namespace, name), { items, optional, mode }));
      } else if (downwardAPI) files.push(...downwardApiFiles(context, downwardAPI.items ?? [], mode));
      else if (serviceAccountToken) {
        const { audience, expirationSeconds = 3600, path } = serviceAccountToken;
        const token = await this.tokens.token(pod, audience, expirationSeconds);
        files.push({ path, mode, data: Buffer.from(token, 'utf8') });
      }
    }
    return files;
  }
}

/** A volume without a source is an emptyDir. */
function isBare(volume: Volume): boolean {
  return Object.keys(volume).length === 1;
}

function pluginOf(volume: Volume): string | undefined {
  if (volume.configMap) return 'configmap';
  if (volume.secret) return 'secret';
  if (volume.downwardAPI) return 'downward-api';
  return volume.projected ? 'projected' : undefined;
}
