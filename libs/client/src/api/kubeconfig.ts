import { parse } from 'yaml';

/** How to reach one API server, and as whom. Certificates and keys are PEM texts. */
export interface ClusterAccess {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly bearerToken?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

/** The kubeconfig does not say what is needed. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: Record<string, unknown> }[];
  users?: { name: string; user: Record<string, unknown> }[];
}

/**
 * Reads the current context, or `context`, of a kubeconfig whose certificates are embedded (`…-data`). Reads no other file and runs no
 * credential plugin.
 */
export function readKubeconfig(text: string, context?: string): ClusterAccess {
  const config = (parse(text) ?? {}) as Kubeconfig;
  const name = context ?? config['current-context'] ?? '';
  const chosen = config.contexts?.find((entry) => entry.name === name)?.context;
  if (chosen === undefined) throw new KubeconfigError(`context "${name}" does not exist`);
  const cluster = config.clusters?.find((entry) => entry.name === chosen.cluster)?.cluster;
  if (cluster === undefined) throw new KubeconfigError(`cluster "${chosen.cluster}" does not exist`);
  const user = config.users?.find((entry) => entry.name === chosen.user)?.user ?? {};
  const server = cluster.server;
  if (typeof server !== 'string') throw new KubeconfigError(`cluster "${chosen.cluster}" names no server`);
  return {
    server,
    certificateAuthority: embedded(cluster, 'certificate-authority'),
    clientCertificate: embedded(user, 'client-certificate'),
    clientKey: embedded(user, 'client-key'),
    bearerToken: typeof user.token === 'string' ? user.token : undefined,
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
  };
}

function embedded(fields: Record<string, unknown>, name: string): string | undefined {
  const data = fields[`${name}-data`];
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
  if (fields[name] === undefined) return undefined;
  throw new KubeconfigError(`${name} is a file name; embed it with "kubectl config view --raw --flatten"`);
}
