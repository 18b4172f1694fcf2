export interface ControllerManagerConfig {
  /** As kube-controller-manager's `--controllers`: `*` for all, `name` for one, `-name` for all but one. Default: all. */
  readonly controllers?: readonly string[];
  /** Range of pod addresses; each node gets a /24 of it. */
  readonly clusterCidr: string;
  /** PEM, published in every namespace as `kube-root-ca.crt`. */
  readonly certificateAuthority: string;
  /** With several instances only the holder of the Lease works. */
  readonly leaderElect: boolean;
}
