import { accepted, normalizeByMax, type Plugin } from '../framework/plugin.ts';
import { tolerates } from './toleration.ts';

/** Nodes repel pods that do not tolerate their taints; `PreferNoSchedule` taints only make a node less liked. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  consider({ pod }, nodes) {
    if (!nodes.some((node) => (node.node.spec.taints ?? []).length > 0)) return undefined;
    const tolerations = pod.spec.tolerations ?? [];
    const preferred = tolerations.filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return {
      filter: ({ node }) => {
        const repelling = (node.spec.taints ?? []).find(
          (taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !tolerates(tolerations, taint),
        );
        return repelling ? [`node(s) had untolerated taint(s)`] : accepted;
      },
      score: ({ node }) =>
        (node.spec.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerates(preferred, taint))
          .length,
      normalize: (scores) => normalizeByMax(scores, true),
    };
  },
};
