import type { Random } from '@orrery/runtime';
import type { NodeInfo, PodInfo } from '../cluster-cache/node-info.ts';
import type { Plugin, PodOpinion, Rejection } from '../framework/plugin.ts';

/** Where a pod goes, or why it cannot go anywhere. */
export type Decision =
  | { readonly kind: 'node'; readonly node: string; readonly nodesExamined: number }
  | { readonly kind: 'unschedulable'; readonly message: string; readonly nodesExamined: number };

/** In small clusters every node is looked at; in larger ones enough to choose well. */
const nodesToFindMin = 100;
const percentageMin = 5;

/**
 * Chooses the node for one pod: filters from `startAt` on until enough nodes fit, scores these, takes the best; among equals `random` decides.
 * Pure: counts nothing and changes nothing.
 */
export function chooseNode(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  plugins: readonly Plugin[],
  random: Random,
  startAt = 0,
): Decision {
  if (nodes.length === 0) {
    return { kind: 'unschedulable', message: 'no nodes available to schedule pods', nodesExamined: 0 };
  }
  const opinions = plugins.flatMap((plugin) => {
    const opinion = plugin.consider(pod, nodes);
    return opinion ? [{ weight: plugin.weight, opinion }] : [];
  });
  const { feasible, rejections, examined } = filter(nodes, opinions, startAt);
  const [only] = feasible;
  if (only === undefined) {
    return { kind: 'unschedulable', message: failureMessage(nodes.length, rejections), nodesExamined: examined };
  }
  const best = feasible.length === 1 ? only : bestOf(feasible, opinions, random);
  return { kind: 'node', node: best.name, nodesExamined: examined };
}

interface Weighted {
  readonly weight: number;
  readonly opinion: PodOpinion;
}

function filter(nodes: readonly NodeInfo[], opinions: readonly Weighted[], startAt: number) {
  const wanted = nodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const rejections = new Map<Rejection, number>();
  let examined = 0;
  while (examined < nodes.length && feasible.length < wanted) {
    const node = nodes[(startAt + examined) % nodes.length];
    examined += 1;
    if (node === undefined) continue;
    const reasons = rejectionsOf(node, opinions);
    if (reasons.length === 0) feasible.push(node);
    for (const reason of reasons) rejections.set(reason, (rejections.get(reason) ?? 0) + 1);
  }
  return { feasible, rejections, examined };
}

/** The first plugin that objects decides; its reasons are what users read. */
function rejectionsOf(node: NodeInfo, opinions: readonly Weighted[]): readonly Rejection[] {
  for (const { opinion } of opinions) {
    const reasons = opinion.filter?.(node) ?? [];
    if (reasons.length > 0) return reasons;
  }
  return [];
}

/** How many fitting nodes suffice: all up to 100; from there a share that falls from 50 % to 5 % as the cluster grows (upstream's rule). */
export function nodesToFind(nodeCount: number): number {
  if (nodeCount <= nodesToFindMin) return nodeCount;
  const percentage = Math.max(percentageMin, Math.floor(50 - nodeCount / 125));
  return Math.max(nodesToFindMin, Math.floor((nodeCount * percentage) / 100));
}

function bestOf(nodes: readonly NodeInfo[], opinions: readonly Weighted[], random: Random): NodeInfo {
  const totals = new Array<number>(nodes.length).fill(0);
  for (const { weight, opinion } of opinions) {
    const { score, normalize } = opinion;
    if (!score) continue;
    const raw = nodes.map((node) => score(node));
    const scores = normalize ? normalize(raw) : raw;
    scores.forEach((value, index) => {
      totals[index] = (totals[index] ?? 0) + value * weight;
    });
  }
  const top = Math.max(...totals);
  const winners = nodes.filter((_, index) => totals[index] === top);
  return winners[random.integer(winners.length)] ?? (nodes[0] as NodeInfo);
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`, reasons in alphabetical order as upstream has them. */
function failureMessage(nodeCount: number, rejections: ReadonlyMap<Rejection, number>): string {
  const reasons = [...rejections].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodeCount} nodes are available: ${reasons.join(', ')}.`;
}
