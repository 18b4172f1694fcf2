/** Configuration of one API server. All keys and certificates are PEM texts, never paths. */
export interface ApiServerConfig {
  /** Without it only the bus face exists. */
  readonly https?: HttpsConfig;
  /** The IP address under which nodes and pods reach the HTTPS port: the endpoint of `default/kubernetes`. */
  readonly advertiseAddress: string;
  readonly serviceAccount: ServiceAccountConfig;
  /** IPv4 CIDR of cluster IPs; the first address is the API's own. */
  readonly serviceCidr: string;
  /** Inclusive. */
  readonly nodePortRange: { readonly from: number; readonly to: number };
  /** How the API server identifies itself to kubelets; without it logs and exec answer 503. */
  readonly kubelet?: KubeletClientConfig;
  /** The cluster's certificate authority, handed to pods as `kube-root-ca.crt`. */
  readonly certificateAuthority: string;
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
