/** How an API server reaches a cluster of etcd v3. All keys and certificates are PEM texts, never paths. */
export interface EtcdConfig {
  /** `host:port` of members, at least one. The first is asked first; the others when it fails. */
  readonly endpoints: readonly string[];
  /** Before all keys, without a slash at the end: `/orrery`. Empty: the keys are at the root. */
  readonly prefix: string;
  /** Absent: plain connections. */
  readonly tls?: EtcdTls;
}

export interface EtcdTls {
  /** Who signed etcd's certificates. Default: the authorities that the machine knows. */
  readonly certificateAuthority?: string;
  /** How we identify ourselves; both or neither. */
  readonly certificate?: string;
  readonly key?: string;
}
