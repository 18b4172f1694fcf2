import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import type { Clock } from '@orrery/runtime';
import type { ServiceAccountConfig } from '../config/api-server-config.ts';
import type { TokenVerifier } from './authenticator.ts';
import type { UserInfo } from './user-info.ts';

/** An object that a token is bound to: the token ends with it. */
export interface BoundReference {
  readonly name: string;
  readonly uid: string;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: BoundReference;
  readonly pod?: BoundReference;
  readonly node?: BoundReference;
  readonly secret?: BoundReference;
}

interface Claims {
  iss: string;
  sub: string;
  aud: string[];
  iat: number;
  nbf: number;
  exp: number;
  jti: string;
  'kubernetes.io': {
    namespace: string;
    serviceaccount: BoundReference;
    pod?: BoundReference;
    node?: BoundReference;
    secret?: BoundReference;
  };
}

/** Does what a token is bound to still exist? */
export type BoundObjectsCheck = (subject: TokenSubject) => boolean;

/** Issues and checks service account tokens: JWTs, signed with ES256 or RS256 as the key says. */
export class ServiceAccountTokens implements TokenVerifier {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  readonly algorithm: 'ES256' | 'RS256';
  private readonly keyId: string;

  constructor(
    private readonly config: ServiceAccountConfig,
    private readonly clock: Clock,
    private readonly uuid: () => string,
    private readonly stillBound: BoundObjectsCheck,
  ) {
    this.privateKey = createPrivateKey(config.privateKey);
    this.publicKey = createPublicKey(config.privateKey);
    this.algorithm = this.privateKey.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
    const der = this.publicKey.export({ type: 'spki', format: 'der' });
    this.keyId = createHash('sha256').update(der).digest('base64url');
  }

  get issuer(): string {
    return this.config.issuer;
  }

  /** What the tokens' signatures are checked with, as a JSON Web Key. */
  publicJwk(): JsonWebKey & { readonly kid: string } {
    return { use: 'sig', kid: this.keyId, alg: this.algorithm, ...this.publicKey.export({ format: 'jwk' }) };
  }

  issue(
    subject: TokenSubject,
    audiences: readonly string[],
    lifeSeconds: number,
  ): { token: string; expiresAtMs: number } {
    const now = Math.floor(this.clock.now() / 1000);
    const { namespace, serviceAccount, pod, node, secret } = subject;
    const claims: Claims = {
      aud: audiences.length > 0 ? [...audiences] : [this.config.issuer],
      exp: now + lifeSeconds,
      iat: now,
      iss: this.config.issuer,
      jti: this.uuid(),
      'kubernetes.io': {
        namespace,
        serviceaccount: serviceAccount,
        ...(pod && { pod }),
        ...(node && { node }),
        ...(secret && { secret }),
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    };
    const head = `${part({ alg: this.algorithm, kid: this.keyId })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(head), { key: this.privateKey, dsaEncoding: 'ieee-p1363' });
    return { token: `${head}.${signature.toString('base64url')}`, expiresAtMs: claims.exp * 1000 };
  }

  verify(token: string, audiences: readonly string[] = [this.config.issuer]): UserInfo | undefined {
    const claims = this.claimsOf(token);
    const now = this.clock.now() / 1000;
    if (claims === undefined || claims.iss !== this.config.issuer || claims.exp <= now || claims.nbf > now)
      return undefined;
    if (!claims.aud.some((audience) => audiences.includes(audience))) return undefined;
    const { namespace, serviceaccount, pod, node, secret } = claims['kubernetes.io'];
    if (!this.stillBound({ namespace, serviceAccount: serviceaccount, pod, node, secret })) return undefined;
    return {
      name: claims.sub,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
        ...(pod && {
          'authentication.kubernetes.io/pod-name': [pod.name],
          'authentication.kubernetes.io/pod-uid': [pod.uid],
        }),
        ...(node && {
          'authentication.kubernetes.io/node-name': [node.name],
          'authentication.kubernetes.io/node-uid': [node.uid],
        }),
      },
    };
  }

  /** The claims of a token whose signature holds. */
  private claimsOf(token: string): Claims | undefined {
    const [head = '', body = '', signature = '', ...rest] = token.split('.');
    if (rest.length > 0) return undefined;
    try {
      const header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8')) as { alg?: unknown };
      if (header.alg !== this.algorithm) return undefined;
      const key = { key: this.publicKey, dsaEncoding: 'ieee-p1363' as const };
      const holds = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
      return holds ? (JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Claims) : undefined;
    } catch {
      return undefined;
    }
  }
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
