import type { ComponentStatus, CSINode, Lease, LeaseCandidate, Node, RuntimeClass } from '../generated/kinds.ts';
import { ageColumn, columnPrinter, nameColumn, numberColumn, textColumn, wide } from './printer.ts';

const roleLabelPrefix = 'node-role.kubernetes.io/';

export const nodePrinter = columnPrinter<Node>(
  nameColumn,
  textColumn('Status', 'The status of the node', nodeStatus),
  textColumn('Roles', 'The roles of the node', nodeRoles, '<none>'),
  ageColumn,
  textColumn('Version', 'Version of the kubelet.', ({ status }) => status.nodeInfo?.kubeletVersion),
  wide(textColumn('Internal-IP', 'First internal address.', (node) => addressOf(node, 'InternalIP'), '<none>')),
  wide(textColumn('External-IP', 'First external address.', (node) => addressOf(node, 'ExternalIP'), '<none>')),
  wide(textColumn('OS-Image', 'Operating system.', ({ status }) => status.nodeInfo?.osImage, '<unknown>')),
  wide(
    textColumn('Kernel-Version', 'Version of the kernel.', ({ status }) => status.nodeInfo?.kernelVersion, '<unknown>'),
  ),
  wide(
    textColumn(
      'Container-Runtime',
      'Runtime and its version.',
      ({ status }) => status.nodeInfo?.containerRuntimeVersion,
      '<unknown>',
    ),
  ),
);

export const leasePrinter = columnPrinter<Lease>(
  nameColumn,
  textColumn('Holder', 'Who holds the lease.', ({ spec }) => spec?.holderIdentity),
  ageColumn,
);

export const leaseCandidatePrinter = columnPrinter<LeaseCandidate>(
  nameColumn,
  textColumn('LeaseName', 'The lease that the candidate is for.', ({ spec }) => spec.leaseName),
  textColumn('BinaryVersion', 'Version of the candidate.', ({ spec }) => spec.binaryVersion),
  textColumn('EmulationVersion', 'Version that the candidate behaves as.', ({ spec }) => spec.emulationVersion),
  ageColumn,
);

export const runtimeClassPrinter = columnPrinter<RuntimeClass>(
  nameColumn,
  textColumn('Handler', "The runtime's name for the class.", ({ handler }) => handler),
  ageColumn,
);

export const csiNodePrinter = columnPrinter<CSINode>(
  nameColumn,
  numberColumn(
    'Drivers',
    'Drivers indicates the number of CSI drivers registered on the node',
    ({ spec }) => spec.drivers?.length,
  ),
  ageColumn,
);

export const componentStatusPrinter = columnPrinter<ComponentStatus>(
  nameColumn,
  textColumn('Status', 'Status of the component conditions', (component) => {
    const health = healthOf(component);
    return health ? (health.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
  }),
  textColumn('Message', 'Message of the component conditions', (component) => healthOf(component)?.message),
  textColumn('Error', 'Error of the component conditions', (component) => healthOf(component)?.error),
);

function nodeStatus({ spec, status }: Node): string {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const readiness = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable ? `${readiness},SchedulingDisabled` : readiness;
}

function nodeRoles({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(roleLabelPrefix)) return key.slice(roleLabelPrefix.length);
    return key === 'kubernetes.io/role' ? value : '';
  });
  return [...new Set(roles.filter((role) => role !== ''))].sort().join(',');
}

function addressOf({ status }: Node, addressType: string): string | undefined {
  return status.addresses?.find(({ type }) => type === addressType)?.address;
}

function healthOf({ conditions }: ComponentStatus) {
  return conditions?.find(({ type }) => type === 'Healthy');
}
