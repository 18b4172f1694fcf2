import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type ImageConfig, type ImageIndex, type ImageManifest, mediaTypes } from '../images/image-manifest.ts';
import { normalizeImageReference } from '../images/image-reference.ts';
import { type TarMember, writeTar } from '../tar/tar-writer.ts';

/** What an image is to hold and to run. */
export interface ImageRecipe {
  /** `registry/repository:tag`, short forms as Docker reads them. */
  readonly reference: string;
  /** Path in the image → content. Folders on the way come by themselves. */
  readonly files: Readonly<Record<string, ImageFile>>;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly user?: string;
  readonly stopSignal?: string;
}

export type ImageFile =
  | { readonly content: Uint8Array | string; readonly mode?: number }
  | { readonly symlinkTo: string };

/** An OCI image layout as a tar archive; the same recipe gives the same bytes. */
export function buildImage(recipe: ImageRecipe): Uint8Array {
  const layer = writeTar(layerMembers(recipe.files));
  const packed = gzipSync(layer);
  const config = encodeJson(imageConfig(recipe, digestOf(layer)));
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(packed), size: packed.length }],
  } satisfies ImageManifest);
  const index = encodeJson({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      {
        mediaType: mediaTypes.ociManifest,
        digest: digestOf(manifest),
        size: manifest.length,
        platform: { os: 'linux', architecture: imageArchitecture() },
        annotations: { 'org.opencontainers.image.ref.name': normalizeImageReference(recipe.reference) },
      },
    ],
  } satisfies ImageIndex);
  const blobs = [config, manifest, packed];
  return writeTar([
    { path: 'oci-layout', type: 'file', content: encodeJson({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', type: 'file', content: index },
    { path: 'blobs/', type: 'directory' },
    { path: 'blobs/sha256/', type: 'directory' },
    ...blobs.map(
      (content): TarMember => ({ path: `blobs/sha256/${digestOf(content).slice(7)}`, type: 'file', content }),
    ),
  ]);
}

function layerMembers(files: ImageRecipe['files']): TarMember[] {
  const members = new Map<string, TarMember>();
  for (const folder of ['etc', 'tmp', 'root', 'proc', 'sys', 'dev', 'var'])
    members.set(`${folder}/`, { path: `${folder}/`, type: 'directory', mode: folder === 'tmp' ? 0o1777 : 0o755 });
  for (const [name, file] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const path = name.replace(/^\/+/, '');
    const parts = path.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = `${parts.slice(0, depth).join('/')}/`;
      if (!members.has(folder)) members.set(folder, { path: folder, type: 'directory' });
    }
    members.set(
      path,
      'symlinkTo' in file
        ? { path, type: 'symlink', mode: 0o777, linkTarget: file.symlinkTo }
        : { path, type: 'file', mode: file.mode ?? 0o644, content: Buffer.from(file.content) },
    );
  }
  return [...members.values()];
}

function imageConfig(recipe: ImageRecipe, diffId: string): ImageConfig {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...recipe.env };
  return {
    architecture: imageArchitecture(),
    os: 'linux',
    config: {
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ...(recipe.entrypoint && { Entrypoint: recipe.entrypoint }),
      ...(recipe.command && { Cmd: recipe.command }),
      ...(recipe.workingDir !== undefined && { WorkingDir: recipe.workingDir }),
      ...(recipe.user !== undefined && { User: recipe.user }),
      ...(recipe.stopSignal !== undefined && { StopSignal: recipe.stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
}

/** This machine's, in Go's words. */
function imageArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
