import { createHash } from 'node:crypto';
import { CriError } from '@orrery/cri';
import type { RegistriesConfig } from '../container-runtime.config.ts';
import type { RegistryCredentials } from '../cri-service/images.ts';
import { mediaTypes } from './image-manifest.ts';
import { formatImageReference, type ImageReference } from './image-reference.ts';
import type { FoundImage, ImageSource } from './image-source.ts';

const acceptManifests = [
  mediaTypes.ociIndex,
  mediaTypes.dockerManifestList,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
].join(', ');

/** Registries that speak the OCI distribution protocol: with tokens, mirrors, and TLS unless told otherwise. */
export class RegistrySource implements ImageSource {
  constructor(private readonly config: RegistriesConfig) {}

  async find(reference: ImageReference, credentials: RegistryCredentials | undefined): Promise<FoundImage | undefined> {
    let failure: CriError | undefined;
    for (const baseUrl of this.baseUrls(reference.registry)) {
      const repository = new Repository(`${baseUrl}/v2/${reference.repository}`, reference, credentials);
      try {
        const found = await repository.resolve();
        if (found) return found;
      } catch (error) {
        if (!(error instanceof CriError)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    return undefined;
  }

  private baseUrls(registry: string): string[] {
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
    const name = host.replace(/:\d+$/, '');
    const plain = this.config.insecureHosts?.includes(host) || name === 'localhost' || name.startsWith('127.');
    return [...(this.config.mirrors?.[registry] ?? []), `${plain ? 'http' : 'https'}://${host}`];
  }
}

/** One repository at one host. Remembers the token that it was given. */
class Repository {
  private authorization: string | undefined;

  constructor(
    private readonly url: string,
    private readonly reference: ImageReference,
    private readonly credentials: RegistryCredentials | undefined,
  ) {}

  async resolve(): Promise<FoundImage | undefined> {
    const response = await this.get(`manifests/${this.reference.digest ?? this.reference.tag}`, acceptManifests);
    if (response.status === 404) return undefined;
    const document = await this.body(response);
    const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
    if (this.reference.digest !== undefined && digest !== this.reference.digest)
      throw this.failure(`the registry answered with ${digest} instead`);
    return {
      digest,
      document,
      manifest: async (of) => this.body(await this.get(`manifests/${of}`, acceptManifests)),
      blob: (of) => this.blob(of),
      fromRegistry: true,
    };
  }

  private async *blob(digest: string): AsyncGenerator<Uint8Array> {
    const response = await this.get(`blobs/${digest}`, '*/*');
    if (!response.ok || !response.body)
      throw this.failure(`unexpected status code ${this.url}/blobs/${digest}: ${statusText(response)}`);
    yield* response.body;
  }

  private async body(response: Response): Promise<Uint8Array> {
    if (!response.ok) {
      if (response.status === 401 || response.status === 403)
        throw this.failure(
          'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
        );
      throw this.failure(`unexpected status from HEAD request to ${response.url}: ${statusText(response)}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  private async get(path: string, accept: string): Promise<Response> {
    const response = await this.fetch(path, accept);
    if (response.status !== 401 || this.authorization !== undefined) return response;
    await response.body?.cancel();
    this.authorization = await this.authorize(response.headers.get('www-authenticate') ?? '');
    return this.authorization === undefined ? response : this.fetch(path, accept);
  }

  private async fetch(path: string, accept: string): Promise<Response> {
    const headers: Record<string, string> = { accept };
    if (this.authorization !== undefined) headers.authorization = this.authorization;
    try {
      return await fetch(`${this.url}/${path}`, { headers });
    } catch (error) {
      throw this.failure(`failed to do request: Head "${this.url}/${path}": ${causeOf(error)}`, error);
    }
  }

  /** Answers a challenge: with the credentials themselves, or with a token that they are good for. */
  private async authorize(challenge: string): Promise<string | undefined> {
    const { credentials } = this;
    if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`;
    const basic = credentials?.kind === 'basic' ? encodeBasic(credentials) : undefined;
    if (/^basic/i.test(challenge)) return basic;
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    );
    const realm = parameters.get('realm');
    if (!/^bearer/i.test(challenge) || realm === undefined) return undefined;
    const service = parameters.get('service') ?? '';
    const scope = parameters.get('scope') ?? `repository:${this.reference.repository}:pull`;
    const response =
      credentials?.kind === 'identityToken'
        ? await fetch(realm, {
            method: 'POST',
            body: new URLSearchParams({
              grant_type: 'refresh_token',
              service,
              scope,
              refresh_token: credentials.token,
              client_id: 'orrery',
            }),
          })
        : await fetch(`${realm}?${new URLSearchParams({ service, scope })}`, {
            headers: basic ? { authorization: basic } : {},
          });
    if (!response.ok)
      throw this.failure(
        `failed to authorize: failed to fetch oauth token: unexpected status: ${statusText(response)}`,
      );
    const answer = (await response.json()) as { token?: string; access_token?: string };
    return `Bearer ${answer.token ?? answer.access_token ?? ''}`;
  }

  private failure(why: string, cause?: unknown): CriError {
    const full = formatImageReference(this.reference);
    return new CriError('unknown', `failed to resolve reference "${full}": ${why}`, { cause });
  }
}

function encodeBasic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function statusText(response: Response): string {
  return `${response.status} ${response.statusText}`;
}

/** `fetch` hides why it failed in a cause, and of several tries in their code. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message?: string };
  return cause?.message || cause?.code || message || String(error);
}
