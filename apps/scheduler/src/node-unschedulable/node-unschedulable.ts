import { accepted, type Plugin } from '../framework/plugin.ts';
import { tolerates } from '../taint-toleration/toleration.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A cordoned node takes only pods that tolerate it. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  weight: 0,
  consider({ pod }) {
    if (tolerates(pod.spec.tolerations ?? [], taint)) return undefined;
    return { filter: ({ node }) => (node.spec.unschedulable ? ['node(s) were unschedulable'] : accepted) };
  },
};
