import { CriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { RegistryCredentials } from './images.ts';
import { nowNanoseconds, type RuntimeContext } from './runtime-context.ts';
import { toImage } from './status-messages.ts';

/** The image half of CRI. */
export class ImageOperations {
  constructor(private readonly context: RuntimeContext) {}

  async list({ filter }: cri.ListImagesRequest): Promise<cri.ListImagesResponse> {
    const reference = filter?.image?.image;
    if (!reference) return { images: (await this.context.driver.images.list()).map(toImage) };
    const image = await this.context.driver.images.find(reference);
    return { images: image ? [toImage(image)] : [] };
  }

  async status({ image, verbose }: cri.ImageStatusRequest): Promise<cri.ImageStatusResponse> {
    const found = await this.context.driver.images.find(image?.image ?? '');
    return { image: found && toImage(found), info: verbose && found ? { id: found.id } : {} };
  }

  async pull({ image, auth, sandboxConfig }: cri.PullImageRequest): Promise<cri.PullImageResponse> {
    const pulled = await this.context.driver.images.pull({
      reference: image?.image ?? '',
      credentials: auth && toCredentials(auth),
      podAnnotations: sandboxConfig?.annotations ?? {},
    });
    return { imageRef: pulled.id };
  }

  async remove({ image }: cri.RemoveImageRequest): Promise<cri.RemoveImageResponse> {
    await this.context.driver.images.remove(image?.image ?? '');
    return {};
  }

  async fsInfo(): Promise<cri.ImageFsInfoResponse> {
    const usage = await this.context.driver.images.usage();
    const filesystem: cri.FilesystemUsage = {
      timestamp: nowNanoseconds(this.context.host),
      fsId: { mountpoint: usage.folder },
      usedBytes: { value: BigInt(usage.usedBytes) },
      inodesUsed: { value: BigInt(usage.inodesUsed) },
    };
    return { imageFilesystems: [filesystem], containerFilesystems: [filesystem] };
  }
}

/** In containerd's order: user and password, identity token, the two in one base64 text, bearer token. */
function toCredentials(auth: cri.AuthConfig): RegistryCredentials | undefined {
  if (auth.username) return { kind: 'basic', username: auth.username, password: auth.password };
  if (auth.identityToken) return { kind: 'identityToken', token: auth.identityToken };
  if (auth.auth) {
    const [username = '', ...password] = Buffer.from(auth.auth, 'base64').toString().split(':');
    if (password.length === 0) throw new CriError('invalidArgument', `invalid decoded auth: "${username}"`);
    return { kind: 'basic', username, password: password.join(':').replace(/\0+$/, '') };
  }
  return auth.registryToken ? { kind: 'bearer', token: auth.registryToken } : undefined;
}
