import type { SystemObject } from '../registry/system-writer.ts';
import { remoteUserHeaders } from './remote-user-headers.ts';

/** Whose certificates an extension API server is to believe. All PEM. */
export interface ExtensionAuthentication {
  readonly clientCertificateAuthority: string;
  readonly requestHeaderCertificateAuthority: string;
  /** Common names of the certificates whose holders may name the user in headers. */
  readonly requestHeaderNames: readonly string[];
}

export const extensionAuthenticationName = 'extension-apiserver-authentication';

/** The ConfigMap in which extension API servers look up how this server proves itself to them. */
export function extensionAuthenticationConfig(authentication: ExtensionAuthentication): SystemObject {
  const { user, group, uid, extraPrefix } = remoteUserHeaders;
  return {
    metadata: { name: extensionAuthenticationName, namespace: 'kube-system' },
    data: {
      'client-ca-file': authentication.clientCertificateAuthority,
      'requestheader-allowed-names': JSON.stringify(authentication.requestHeaderNames),
      'requestheader-client-ca-file': authentication.requestHeaderCertificateAuthority,
      'requestheader-extra-headers-prefix': JSON.stringify([extraPrefix]),
      'requestheader-group-headers': JSON.stringify([group]),
      'requestheader-uid-headers': JSON.stringify([uid]),
      'requestheader-username-headers': JSON.stringify([user]),
    },
  };
}
