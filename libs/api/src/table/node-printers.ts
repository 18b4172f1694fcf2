import { described } from '../generated/column-descriptions.ts';
import type { ComponentStatus, CSINode, Lease, LeaseCandidate, Node, RuntimeClass } from '../generated/kinds.ts';
import { ageColumn, columnPrinter, nameColumn, numberColumn, textColumn, wide } from './printer.ts';

const roleLabelPrefix = 'node-role.kubernetes.io/';

export const nodePrinter = columnPrinter<Node>(
  nameColumn,
  textColumn('Status', 'The status of the node', nodeStatus),
  textColumn('Roles', 'The roles of the node', nodeRoles, '<none>'),
  ageColumn,
  textColumn(
    'Version',
    described['api.core.v1.NodeSystemInfo.kubeletVersion'],
    ({ status }) => status.nodeInfo?.kubeletVersion,
  ),
  wide(
    textColumn(
      'Internal-IP',
      described['api.core.v1.NodeStatus.addresses'],
      (node) => addressOf(node, 'InternalIP'),
      '<none>',
    ),
  ),
  wide(
    textColumn(
      'External-IP',
      described['api.core.v1.NodeStatus.addresses'],
      (node) => addressOf(node, 'ExternalIP'),
      '<none>',
    ),
  ),
  wide(
    textColumn(
      'OS-Image',
      described['api.core.v1.NodeSystemInfo.osImage'],
      ({ status }) => status.nodeInfo?.osImage,
      '<unknown>',
    ),
  ),
  wide(
    textColumn(
      'Kernel-Version',
      described['api.core.v1.NodeSystemInfo.kernelVersion'],
      ({ status }) => status.nodeInfo?.kernelVersion,
      '<unknown>',
    ),
  ),
  wide(
    textColumn(
      'Container-Runtime',
      described['api.core.v1.NodeSystemInfo.containerRuntimeVersion'],
      ({ status }) => status.nodeInfo?.containerRuntimeVersion,
      '<unknown>',
    ),
  ),
);

export const leasePrinter = columnPrinter<Lease>(
  nameColumn,
  textColumn('Holder', described['api.coordination.v1.LeaseSpec.holderIdentity'], ({ spec }) => spec?.holderIdentity),
  ageColumn,
);

export const leaseCandidatePrinter = columnPrinter<LeaseCandidate>(
  nameColumn,
  textColumn(
    'LeaseName',
    described['api.coordination.v1beta1.LeaseCandidateSpec.leaseName'],
    ({ spec }) => spec.leaseName,
  ),
  textColumn('BinaryVersion', '', ({ spec }) => spec.binaryVersion),
  textColumn('EmulationVersion', '', ({ spec }) => spec.emulationVersion),
  ageColumn,
);

export const runtimeClassPrinter = columnPrinter<RuntimeClass>(
  nameColumn,
  textColumn('Handler', '', ({ handler }) => handler),
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
