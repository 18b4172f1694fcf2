import { type Pod, ServiceAccount, type TokenRequestStatus } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import { type Clock, type Milliseconds, parseTime } from '@orrery/runtime';

interface CachedToken {
  readonly token: string;
  readonly refreshAt: Milliseconds;
}

/** What the token subresource answers. */
interface TokenRequest {
  readonly status: TokenRequestStatus;
}

/** Longest time a token is used, however long it is valid. */
const ageMax: Milliseconds = 24 * 3_600_000;

/** Tokens for pods' projected volumes, bound to the pod; asked for again when four fifths of their life are over. */
export class ServiceAccountTokens {
  /** By pod uid, then by audience and lifetime. Entries go when the pod goes. */
  private readonly cache = new Map<string, Map<string, CachedToken>>();

  constructor(
    private readonly api: ApiClient,
    private readonly clock: Clock,
  ) {}

  async token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string> {
    const key = `${audience ?? ''} ${expirationSeconds}`;
    const known = this.cache.get(pod.metadata.uid)?.get(key);
    const now = this.clock.now();
    if (known && now < known.refreshAt) return known.token;
    const token = await this.request(pod, audience, expirationSeconds);
    const expiresAt = parseTime(token.status.expirationTimestamp ?? '') ?? now + expirationSeconds * 1000;
    const refreshAt = now + Math.min((expiresAt - now) * 0.8, ageMax);
    const ofPod = this.cache.get(pod.metadata.uid) ?? new Map<string, CachedToken>();
    ofPod.set(key, { token: token.status.token ?? '', refreshAt });
    this.cache.set(pod.metadata.uid, ofPod);
    return token.status.token ?? '';
  }

  forget(podUid: string): void {
    this.cache.delete(podUid);
  }

  private request(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<TokenRequest> {
    const { namespace = '', name, uid } = pod.metadata;
    const account = { namespace, name: pod.spec.serviceAccountName ?? 'default' };
    return this.api.createSubresource<ServiceAccount, TokenRequest>(ServiceAccount, account, 'token', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        ...(audience ? { audiences: [audience] } : {}),
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    });
  }
}
