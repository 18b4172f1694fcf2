import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RegistryCredentials } from '../cri-service/images.ts';
import { readTar } from '../tar/tar-reader.ts';
import { uncompressed } from './blob-store.driver.ts';
import { type Descriptor, type ImageIndex, type ImageManifest, mediaTypes } from './image-manifest.ts';
import { formatImageReference, type ImageReference, normalizeImageReference } from './image-reference.ts';
import type { FoundImage, ImageSource } from './image-source.ts';

/** JSON documents beyond this are none of an image. */
const documentBytesMax = 4 * 1024 * 1024;

/** An archive's images: full reference → the digest of its manifest, and where the blobs are. */
interface ArchiveContents {
  readonly stamp: string;
  readonly references: ReadonlyMap<string, string>;
  /** Made up for a docker archive, which has no manifests. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** Digest → member. */
  readonly members: ReadonlyMap<string, string>;
}

/** The image archives in a folder: OCI layouts and `docker save`, plain or compressed. The newest file with a reference wins. */
export class ArchiveSource implements ImageSource {
  private readonly known = new Map<string, ArchiveContents>();

  constructor(private readonly folder: string) {}

  async find(
    reference: ImageReference,
    _credentials: RegistryCredentials | undefined,
  ): Promise<FoundImage | undefined> {
    const wanted = formatImageReference(reference);
    for (const path of await this.archives()) {
      const contents = await this.contentsOf(path);
      const digest = contents.references.get(wanted);
      if (digest === undefined || (reference.digest !== undefined && reference.digest !== digest)) continue;
      const document = async (of: string) =>
        contents.documents.get(of) ?? (await readMember(path, contents.members.get(of)));
      return {
        digest,
        document: await document(digest),
        manifest: document,
        blob: (of) => streamMember(path, contents.members.get(of), contents.documents.get(of)),
        fromRegistry: false,
      };
    }
    return undefined;
  }

  private async archives(): Promise<string[]> {
    const names = await readdir(this.folder).catch(() => []);
    const archives: { path: string; mtimeMs: number }[] = [];
    for (const name of names) {
      if (!/\.(tar|tar\.gz|tgz|tar\.zst)$/.test(name)) continue;
      const path = join(this.folder, name);
      archives.push({ path, mtimeMs: (await stat(path)).mtimeMs });
    }
    return archives.sort((a, b) => b.mtimeMs - a.mtimeMs).map(({ path }) => path);
  }

  private async contentsOf(path: string): Promise<ArchiveContents> {
    const { mtimeMs, size } = await stat(path);
    const stamp = `${mtimeMs}/${size}`;
    const known = this.known.get(path);
    if (known?.stamp === stamp) return known;
    const contents = { stamp, ...(await readArchive(path)) };
    this.known.set(path, contents);
    return contents;
  }
}

/** The references that an archive holds; empty where it is no image archive. */
export async function archiveReferences(path: string): Promise<string[]> {
  return [...(await readArchive(path)).references.keys()];
}

async function readArchive(path: string): Promise<Omit<ArchiveContents, 'stamp'>> {
  const members = new Map<string, string>();
  const digests = new Map<string, { digest: string; size: number }>();
  const documents = new Map<string, Buffer>();
  for await (const entry of readTar(uncompressed(path))) {
    if (entry.type !== 'file') continue;
    const name = entry.path.replace(/^\.\//, '');
    const hash = createHash('sha256');
    const kept: Uint8Array[] = [];
    for await (const chunk of entry.content) {
      hash.update(chunk);
      if (/\.json$/.test(name) && entry.size <= documentBytesMax) kept.push(chunk);
    }
    const digest = `sha256:${hash.digest('hex')}`;
    members.set(digest, entry.path);
    digests.set(name, { digest, size: entry.size });
    if (kept.length > 0) documents.set(name, Buffer.concat(kept));
  }
  const index = documents.get('index.json');
  if (index) return { ...fromLayout(JSON.parse(index.toString()) as ImageIndex), members };
  const manifest = documents.get('manifest.json');
  if (manifest) return { ...fromDockerSave(JSON.parse(manifest.toString()) as DockerSaveEntry[], digests), members };
  return { references: new Map(), documents: new Map(), members };
}

function fromLayout(index: ImageIndex): Pick<ArchiveContents, 'references' | 'documents'> {
  const references = new Map<string, string>();
  for (const { digest, annotations = {} } of index.manifests) {
    const name = annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
    if (name) references.set(normalizeImageReference(name), digest);
  }
  return { references, documents: new Map() };
}

interface DockerSaveEntry {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

function fromDockerSave(
  entries: readonly DockerSaveEntry[],
  digests: ReadonlyMap<string, { digest: string; size: number }>,
): Pick<ArchiveContents, 'references' | 'documents'> {
  const references = new Map<string, string>();
  const documents = new Map<string, Uint8Array>();
  const describe = (member: string, mediaType: string): Descriptor => ({
    mediaType,
    ...(digests.get(member) ?? { digest: '', size: 0 }),
  });
  for (const entry of entries) {
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: describe(entry.Config, mediaTypes.ociConfig),
      layers: entry.Layers.map((layer) => describe(layer, mediaTypes.ociLayer)),
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    documents.set(digest, bytes);
    for (const tag of entry.RepoTags ?? []) references.set(normalizeImageReference(tag), digest);
  }
  return { references, documents };
}

async function* streamMember(
  path: string,
  member: string | undefined,
  document: Uint8Array | undefined,
): AsyncGenerator<Uint8Array> {
  if (document) return yield document;
  for await (const entry of readTar(uncompressed(path))) if (entry.path === member) return yield* entry.content;
  throw new Error(`${path} lacks a blob that it names`);
}

async function readMember(path: string, member: string | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of streamMember(path, member, undefined)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
