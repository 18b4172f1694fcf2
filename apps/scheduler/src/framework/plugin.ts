import type { NodeInfo, PodInfo } from '../cluster-cache/node-info.ts';

/** Why a node does not take a pod: words as they appear behind the number of nodes in a FailedScheduling event. */
export type Rejection = string;

/** What a plugin says about one pod. It has looked at the pod once; what is left to do for each node is little. */
export interface PodOpinion {
  /** Why the node is out of question; more than one reason may apply. Empty where it is not. */
  filter?(node: NodeInfo): readonly Rejection[];
  /** The more, the better; any scale unless `normalize` is missing, then 0 to 100. */
  score?(node: NodeInfo): number;
  /** Brings the scores of all nodes to 0 to 100. */
  normalize?(scores: readonly number[]): number[];
}

/** One rule of scheduling. Pure: everything it knows comes in through its arguments. */
export interface Plugin {
  readonly name: string;
  /** How much the score counts among the plugins. */
  readonly weight: number;
  /** `undefined` where the plugin has nothing to say about this pod on any node. */
  consider(pod: PodInfo, nodes: readonly NodeInfo[]): PodOpinion | undefined;
}

/** The best score of a single plugin. */
export const scoreMax = 100;

export const accepted: readonly Rejection[] = [];

/** Scales scores so that the largest becomes 100; with `reverse` the largest becomes 0. All zero stays as it is, or becomes 100. */
export function normalizeByMax(scores: readonly number[], reverse = false): number[] {
  const max = Math.max(0, ...scores);
  return scores.map((score) => {
    const scaled = max === 0 ? 0 : (score * scoreMax) / max;
    return Math.floor(reverse ? scoreMax - scaled : scaled);
  });
}
