import type { ServiceAccountTokens } from '../authentication/service-account-tokens.driver.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';

export const issuerDiscoveryPaths = ['/.well-known/openid-configuration', '/openid/v1/jwks'] as const;

/** As long as upstream's answers may be kept by those who verify tokens. */
const headers = { 'Cache-Control': 'public, max-age=3600' };

/** How others verify service account tokens by themselves: the issuer's configuration and its public keys (OpenID Connect Discovery 1.0, RFC 7517). */
export class IssuerDiscovery {
  constructor(
    private readonly tokens: ServiceAccountTokens,
    /** Host and port of this API server. */
    private readonly serverAddress: string,
  ) {}

  answer(path: string): ApiResponse | undefined {
    switch (path) {
      case '/.well-known/openid-configuration':
        return { ...jsonResponse(this.configuration()), headers };
      case '/openid/v1/jwks':
        return {
          ...jsonResponse({ keys: [this.tokens.publicJwk()] }),
          contentType: 'application/jwk-set+json',
          headers,
        };
      default:
        return undefined;
    }
  }

  private configuration(): object {
    return {
      issuer: this.tokens.issuer,
      jwks_uri: `https://${this.serverAddress}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [this.tokens.algorithm],
    };
  }
}
