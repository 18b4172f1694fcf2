import type { AdmissionSelection } from '../admission/plugin-selection.ts';
import type { AuditPolicy } from '../audit/audit-policy.ts';
import type { EtcdConfig } from '../storage/etcd/etcd-config.ts';

/** Configuration of one API server. All keys and certificates are PEM texts, never paths. */
export interface ApiServerConfig {
  /** Without it only the bus face exists. */
  readonly https?: HttpsConfig;
  /** The IP address under which nodes and pods reach the HTTPS port: the endpoint of `default/kubernetes`. */
  readonly advertiseAddress: string;
  readonly serviceAccount: ServiceAccountConfig;
  /**
   * CIDR of cluster IPs, or one of each family (`10.96.0.0/12,fd00::/108`): the first is the family of a Service that asks for none, and its first
   * address is the API's own.
   */
  readonly serviceCidr: string;
  /** Inclusive. */
  readonly nodePortRange: { readonly from: number; readonly to: number };
  /** Which APIs are served, as upstream's `--runtime-config`: `api/beta=true`, `resource.k8s.io/v1beta1=false`. Default: stable versions. */
  readonly runtimeConfig?: readonly string[];
  /** How the API server identifies itself to kubelets; without it logs and exec answer 503. */
  readonly kubelet?: KubeletClientConfig;
  /** Admission plugins that run, or do not, other than by default. */
  readonly admission?: AdmissionSelection;
  /** Which requests are written down, and where. Default: none. */
  readonly audit?: AuditConfig;
  /** How the API server identifies itself to extension API servers; without it those take every request for an anonymous one. */
  readonly proxyClient?: ProxyClientConfig;
  /** A cluster of etcd v3 that keeps the objects; without it Orrery's own storage service does. */
  readonly etcd?: EtcdConfig;
  /** The cluster's certificate authority, handed to pods as `kube-root-ca.crt`. */
  readonly certificateAuthority: string;
}

export interface AuditConfig {
  readonly policy: AuditPolicy;
  /** The file in the service's folder that gets one JSON line for each event. */
  readonly path: string;
}

export interface HttpsConfig {
  readonly bindAddress: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly clientCertificateAuthority: string;
}

export interface ServiceAccountConfig {
  /** ES256 or RS256 private key (PKCS #8 or SEC 1). */
  readonly privateKey: string;
  readonly issuer: string;
}

export interface KubeletClientConfig {
  readonly certificate: string;
  readonly key: string;
  readonly certificateAuthority: string;
}

export interface ProxyClientConfig {
  readonly certificate: string;
  readonly key: string;
  /** Who signed `certificate`: what extension API servers are told to believe. */
  readonly certificateAuthority: string;
  /** The common name in `certificate`. */
  readonly commonName: string;
}
