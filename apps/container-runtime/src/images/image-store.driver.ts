import { mkdir, readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CriError } from '@orrery/cri';
import type { Host, Processes } from '@orrery/runtime';
import type { ImageRecord, Images, ImageUsage, PullRequest } from '../cri-service/images.ts';
import { BlobStore } from './blob-store.driver.ts';
import { chooseManifest, type ImageConfig, type ImageIndex, type ImageManifest, isIndex } from './image-manifest.ts';
import { formatImageReference, type ImageReference, parseImageReference } from './image-reference.ts';
import type { FoundImage, ImageSource } from './image-source.ts';
import { LayerStore } from './layer-store.driver.ts';

interface StoredImage extends ImageRecord {
  readonly manifestDigest: string;
  readonly layers: readonly string[];
}

/** An image, ready to be the root of a container. */
export interface UnpackedImage {
  readonly image: ImageRecord;
  readonly config: ImageConfig;
  /** Folders, the lowest first. */
  readonly layers: readonly string[];
}

/** The images of a node on disk: blobs by digest, layers unpacked, and a list of what is there. */
export class ImageStore implements Images {
  private readonly blobs: BlobStore;
  private readonly layers: LayerStore;
  private readonly images = new Map<string, StoredImage>();
  private readonly pulls = new Map<string, Promise<ImageRecord>>();

  constructor(
    private readonly folder: string,
    private readonly sources: readonly ImageSource[],
    host: Host,
    processes: Processes,
  ) {
    this.blobs = new BlobStore(folder, host.ids);
    this.layers = new LayerStore(join(folder, 'layers'), host.ids, processes);
  }

  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await this.blobs.start();
    await this.layers.start();
    const list = await readFile(this.listPath, 'utf8').catch(() => '[]');
    for (const image of JSON.parse(list) as StoredImage[]) this.images.set(image.id, image);
  }

  async list(): Promise<readonly ImageRecord[]> {
    return [...this.images.values()];
  }

  async find(reference: string): Promise<StoredImage | undefined> {
    const byId = this.images.get(reference);
    if (byId || reference === '' || /^sha256:/.test(reference)) return byId;
    const parsed = parseImageReference(reference);
    const full = formatImageReference(parsed.digest === undefined ? parsed : { ...parsed, tag: undefined });
    return [...this.images.values()].find(
      ({ repoTags, repoDigests }) => repoTags.includes(full) || repoDigests.includes(full),
    );
  }

  async pull({ reference, credentials }: PullRequest): Promise<ImageRecord> {
    const parsed = parseImageReference(reference);
    const full = formatImageReference(parsed);
    const running = this.pulls.get(full);
    if (running) return running;
    const pull = this.pullNow(parsed, credentials).finally(() => this.pulls.delete(full));
    this.pulls.set(full, pull);
    return pull;
  }

  async remove(reference: string): Promise<void> {
    const image = await this.find(reference);
    if (!image) return;
    this.images.delete(image.id);
    await this.save();
    const kept = [...this.images.values()];
    await this.blobs.removeExcept(new Set(kept.flatMap(({ id, manifestDigest }) => [id, manifestDigest])));
    await this.layers.removeExcept(new Set(kept.flatMap(({ layers }) => layers)));
  }

  async usage(): Promise<ImageUsage> {
    const { files, ffree } = await statfs(this.folder);
    const usedBytes = [...this.images.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { folder: this.folder, usedBytes, inodesUsed: files - ffree };
  }

  async unpacked(reference: string): Promise<UnpackedImage> {
    const image = await this.find(reference);
    if (!image) throw new CriError('notFound', `failed to get image from containerd "${reference}": not found`);
    const config = await this.blobs.readJson<ImageConfig>(image.id);
    return { image, config, layers: image.layers.map((layer) => this.layers.pathOf(layer)) };
  }

  private async pullNow(reference: ImageReference, credentials: PullRequest['credentials']): Promise<ImageRecord> {
    const full = formatImageReference(reference);
    try {
      for (const source of this.sources) {
        const found = await source.find(reference, credentials);
        if (found) return await this.keep(reference, found);
      }
    } catch (error) {
      const code = error instanceof CriError ? error.code : 'unknown';
      const why = error instanceof Error ? error.message : String(error);
      throw new CriError(code, `failed to pull and unpack image "${full}": ${why}`, { cause: error });
    }
    throw new CriError(
      'notFound',
      `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`,
    );
  }

  private async keep(reference: ImageReference, found: FoundImage): Promise<ImageRecord> {
    const manifest = await this.keepManifest(found);
    const { config } = manifest.document;
    if (!(await this.blobs.has(config.digest))) await this.blobs.put(found.blob(config.digest), config.digest);
    const imageConfig = await this.blobs.readJson<ImageConfig>(config.digest);
    const layers = await this.keepLayers(manifest.document, imageConfig, found);
    const tag = reference.tag === undefined ? undefined : formatImageReference({ ...reference, digest: undefined });
    const repoDigest = formatImageReference({ ...reference, tag: undefined, digest: found.digest });
    await this.takeTagFromOthers(tag, config.digest);
    const before = this.images.get(config.digest);
    const image: StoredImage = {
      id: config.digest,
      repoTags: unique([...(before?.repoTags ?? []), ...(tag === undefined ? [] : [tag])]),
      repoDigests: unique([...(before?.repoDigests ?? []), ...(found.fromRegistry ? [repoDigest] : [])]),
      sizeBytes: manifest.document.layers.reduce((sum, { size }) => sum + size, config.size),
      user: imageConfig.config?.User ?? '',
      manifestDigest: manifest.digest,
      layers,
    };
    this.images.set(image.id, image);
    await this.save();
    return image;
  }

  private async keepManifest(found: FoundImage): Promise<{ digest: string; document: ImageManifest }> {
    const document = JSON.parse(new TextDecoder().decode(found.document)) as ImageManifest | ImageIndex;
    if (!isIndex(document)) {
      await this.blobs.put([found.document], found.digest);
      return { digest: found.digest, document };
    }
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const chosen = chooseManifest(document, architecture);
    if (!chosen) throw new CriError('notFound', `no match for platform in manifest: not found`);
    const bytes = await found.manifest(chosen.digest);
    await this.blobs.put([bytes], chosen.digest);
    return { digest: chosen.digest, document: JSON.parse(new TextDecoder().decode(bytes)) as ImageManifest };
  }

  private async keepLayers(manifest: ImageManifest, config: ImageConfig, found: FoundImage): Promise<string[]> {
    const layers: string[] = [];
    for (const [at, layer] of manifest.layers.entries()) {
      const chain = this.layers.chain(layers.at(-1), config.rootfs.diff_ids[at] ?? layer.digest);
      if (!(await this.layers.has(chain))) {
        if (!(await this.blobs.has(layer.digest))) await this.blobs.put(found.blob(layer.digest), layer.digest);
        await this.layers.unpack(chain, layers, this.blobs.readUncompressed(layer.digest));
      }
      layers.push(chain);
    }
    return layers;
  }

  /** A tag names one image; the one that had it before keeps its digest. */
  private async takeTagFromOthers(tag: string | undefined, id: string): Promise<void> {
    for (const other of [...this.images.values()])
      if (tag !== undefined && other.id !== id && other.repoTags.includes(tag))
        this.images.set(other.id, { ...other, repoTags: other.repoTags.filter((one) => one !== tag) });
  }

  private get listPath(): string {
    return join(this.folder, 'images.json');
  }

  private async save(): Promise<void> {
    await writeFile(`${this.listPath}.new`, JSON.stringify([...this.images.values()], null, 1));
    await rename(`${this.listPath}.new`, this.listPath);
  }
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
