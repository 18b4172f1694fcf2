import type { Disk } from '@orrery/runtime';
import { CertificateAuthority, createSigningKey, type KeyPair, type Subject } from './certificate-authority.driver.ts';

/** All keys of a cluster. Kept in the data folder, so that a kubeconfig stays valid when the cluster starts again. */
export interface ClusterCertificates {
  readonly authority: KeyPair;
  readonly apiserver: KeyPair;
  /** With this the API server calls kubelets. */
  readonly apiserverToKubelet: KeyPair;
  /** Signs what extension API servers take as proof that a request comes from the API server; nothing else, so that no user can pass for it. */
  readonly frontProxyAuthority: KeyPair;
  /** With this the API server calls extension API servers. */
  readonly frontProxy: KeyPair;
  readonly admin: KeyPair;
  readonly kubelets: Readonly<Record<string, KeyPair>>;
  /** PEM of the private key that signs service account tokens. */
  readonly serviceAccountKey: string;
  /** Of storage's etcd API, where it was asked for: an authority of its own, because whoever it signs may read and write everything. */
  readonly etcd?: { readonly authority: KeyPair; readonly server: KeyPair; readonly client: KeyPair };
}

/** Who serves where: the names and addresses in server certificates. */
export interface CertificateNames {
  readonly apiserver: readonly string[];
  /** Addresses by node name. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  /** Of storage, where it serves etcd's clients. */
  readonly etcd?: readonly string[];
}

const file = 'certificates.json';
/** The common name of `ClusterCertificates.frontProxy`. */
export const frontProxyName = 'front-proxy-client';

/** Reads the cluster's keys, makes those that are missing, and writes them back in one step. */
export async function ensureClusterCertificates(disk: Disk, names: CertificateNames): Promise<ClusterCertificates> {
  const stored = await disk.readFile(file);
  const known: Partial<ClusterCertificates> = stored ? JSON.parse(Buffer.from(stored).toString('utf8')) : {};
  const [authority, frontProxyAuthority] = await Promise.all([
    authorityOf(known.authority, 'kubernetes'),
    authorityOf(known.frontProxyAuthority, 'front-proxy'),
  ]);
  const issue = (existing: KeyPair | undefined, subject: Subject) => existing ?? authority.issue(subject);

  const [apiserver, apiserverToKubelet, frontProxy, admin, serviceAccountKey, ...kubelets] = await Promise.all([
    issue(known.apiserver, { commonName: 'kube-apiserver', names: names.apiserver }),
    issue(known.apiserverToKubelet, {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
    }),
    known.frontProxy ?? frontProxyAuthority.issue({ commonName: frontProxyName }),
    issue(known.admin, { commonName: 'kubernetes-admin', organizations: ['system:masters'] }),
    known.serviceAccountKey ?? createSigningKey(),
    ...Object.entries(names.nodes).map(async ([node, addresses]): Promise<[string, KeyPair]> => {
      const subject = {
        commonName: `system:node:${node}`,
        organizations: ['system:nodes'],
        names: [node, ...addresses],
      };
      return [node, await issue(known.kubelets?.[node], subject)];
    }),
  ]);
  const etcd = names.etcd === undefined ? known.etcd : await etcdCertificates(known.etcd, names.etcd);
  const all: ClusterCertificates = {
    authority: authority.keyPair,
    apiserver,
    apiserverToKubelet,
    frontProxyAuthority: frontProxyAuthority.keyPair,
    frontProxy,
    admin,
    kubelets: { ...known.kubelets, ...Object.fromEntries(kubelets) },
    serviceAccountKey,
    ...(etcd && { etcd }),
  };
  const text = JSON.stringify(all, undefined, 2);
  if (!stored || text !== Buffer.from(stored).toString('utf8')) await disk.writeFile(file, Buffer.from(text));
  return all;
}

function authorityOf(keyPair: KeyPair | undefined, commonName: string): Promise<CertificateAuthority> {
  return keyPair === undefined ? CertificateAuthority.create(commonName) : CertificateAuthority.load(keyPair);
}

async function etcdCertificates(
  known: ClusterCertificates['etcd'],
  names: readonly string[],
): Promise<NonNullable<ClusterCertificates['etcd']>> {
  if (known !== undefined) return known;
  const authority = await CertificateAuthority.create('etcd');
  const server = await authority.issue({ commonName: 'storage', names });
  const client = await authority.issue({ commonName: 'etcd-client' });
  return { authority: authority.keyPair, server, client };
}
