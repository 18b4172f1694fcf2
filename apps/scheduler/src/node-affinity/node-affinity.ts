import type { NodeInfo } from '../cluster-cache/node-info.ts';
import { accepted, normalizeByMax, type Plugin } from '../framework/plugin.ts';
import { matchesAnyTerm, matchesTerm } from './node-selector.ts';

/** The pod's `nodeSelector` and required node affinity must hold; each preferred term that holds adds its weight. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  consider({ pod }) {
    const labels = Object.entries(pod.spec.nodeSelector ?? {});
    const affinity = pod.spec.affinity?.nodeAffinity;
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const demanding = labels.length > 0 || required !== undefined;
    if (!demanding && preferred.length === 0) return undefined;

    const fits = ({ node }: NodeInfo): boolean =>
      labels.every(([key, value]) => node.metadata.labels?.[key] === value) &&
      (required === undefined || matchesAnyTerm(required, node));
    const weightFor = ({ node }: NodeInfo): number =>
      preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
    return {
      ...(demanding && {
        filter: (node: NodeInfo) => (fits(node) ? accepted : ["node(s) didn't match Pod's node affinity/selector"]),
      }),
      ...(preferred.length > 0 && {
        score: weightFor,
        normalize: (scores: readonly number[]) => normalizeByMax(scores),
      }),
    };
  },
};
