/** Labels of Kubernetes' own that a kubelet sets on its node. */
const kubeletLabels: ReadonlySet<string> = new Set([
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'node.kubernetes.io/windows-build',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const kubernetesDomains = ['kubernetes.io', 'k8s.io'];

type Labels = Readonly<Record<string, string>> | undefined;

/** Names of changed labels that a kubelet has no business with: others rely on them to choose nodes. Sorted. */
export function forbiddenLabelChanges(before: Labels = {}, after: Labels = {}): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name] && isForbidden(name)).sort();
}

function isForbidden(name: string): boolean {
  const domain = name.includes('/') ? (name.split('/', 1)[0] ?? '') : '';
  if (!isIn(domain, kubernetesDomains)) return false;
  return !kubeletLabels.has(name) && !isIn(domain, kubeletDomains);
}

function isIn(domain: string, domains: readonly string[]): boolean {
  return domains.some((parent) => domain === parent || domain.endsWith(`.${parent}`));
}
