/** What a kubeconfig needs; certificates and keys are PEM. */
export interface KubeconfigFacts {
  readonly cluster: string;
  readonly server: string;
  readonly certificateAuthority: string;
  readonly user: string;
  readonly certificate: string;
  readonly key: string;
}

/** A kubeconfig with one cluster, one user and one context, as YAML. */
export function kubeconfig(facts: KubeconfigFacts): string {
  const context = `${facts.user}@${facts.cluster}`;
  return `apiVersion: v1
kind: Config
current-context: ${context}
clusters:
- name: ${facts.cluster}
  cluster:
    server: ${facts.server}
    certificate-authority-data: ${base64(facts.certificateAuthority)}
users:
- name: ${facts.user}
  user:
    client-certificate-data: ${base64(facts.certificate)}
    client-key-data: ${base64(facts.key)}
contexts:
- name: ${context}
  context:
    cluster: ${facts.cluster}
    user: ${facts.user}
`;
}

function base64(pem: string): string {
  return Buffer.from(pem).toString('base64');
}
