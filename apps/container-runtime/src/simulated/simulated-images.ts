import { CriError } from '@orrery/cri';
import type { Host } from '@orrery/runtime';
import type { ImageRecord, Images, ImageUsage, PullRequest } from '../cri-service/images.ts';
import { formatImageReference, normalizeImageReference, parseImageReference } from '../images/image-reference.ts';
import { readPullScript } from './container-script.ts';

/** Every image exists, except those whose repository says that it does not. Its id follows from its reference. */
export class SimulatedImages implements Images {
  private readonly images = new Map<string, ImageRecord>();

  constructor(private readonly host: Host) {}

  async list(): Promise<readonly ImageRecord[]> {
    return [...this.images.values()];
  }

  async find(reference: string): Promise<ImageRecord | undefined> {
    for (const image of this.images.values()) if (image.id === reference) return image;
    return this.images.get(normalizeImageReference(reference));
  }

  async pull({ reference, podAnnotations }: PullRequest): Promise<ImageRecord> {
    const parsed = parseImageReference(reference);
    const full = formatImageReference(parsed);
    const { error, duration } = readPullScript(podAnnotations);
    if (duration > 0) await this.host.timers.sleep(duration);
    if (parsed.repository.includes('does-not-exist'))
      throw new CriError(
        'notFound',
        `failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`,
      );
    if (error !== undefined) throw new CriError('unknown', `failed to pull and unpack image "${full}": ${error}`);
    const digest = `sha256:${fingerprint(full)}`;
    const image: ImageRecord = {
      id: digest,
      repoTags: parsed.tag === undefined ? [] : [full],
      repoDigests: [`${parsed.registry}/${parsed.repository}@${parsed.digest ?? digest}`],
      sizeBytes: 4 * 1024 * 1024,
      user: '',
    };
    this.images.set(full, image);
    return image;
  }

  async remove(reference: string): Promise<void> {
    const image = await this.find(reference);
    if (!image) return;
    for (const [key, one] of this.images) if (one.id === image.id) this.images.delete(key);
  }

  async usage(): Promise<ImageUsage> {
    const sizes = [...this.images.values()].map((image) => image.sizeBytes);
    return { folder: '/', usedBytes: sizes.reduce((sum, size) => sum + size, 0), inodesUsed: this.images.size };
  }
}

/** 64 hexadecimal digits that follow from `text`: eight FNV-1a hashes with different starts. Not for security. */
function fingerprint(text: string): string {
  let digits = '';
  for (let part = 0; part < 8; part++) {
    let hash = (0x811c9dc5 ^ (part * 0x9e3779b1)) >>> 0;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
    digits += hash.toString(16).padStart(8, '0');
  }
  return digits;
}
