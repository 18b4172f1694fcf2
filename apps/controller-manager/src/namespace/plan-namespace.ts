import type { Namespace, NamespaceCondition } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';
import type { GraphNode } from '../object-graph/graph-node.ts';

export const namespaceFinalizer = 'kubernetes';

/** The namespace is being deleted and has not yet been released by this controller. */
export function needsEmptying({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && (spec.finalizers ?? []).includes(namespaceFinalizer);
}

/** What is deleted now. Pods go first: while one runs it keeps all that protects others from it and it from others, its network policies for one. */
export function contentInTurn(content: readonly GraphNode[]): readonly GraphNode[] {
  const pods = content.filter(({ type }) => type.group === '' && type.resource === 'pods');
  return pods.length > 0 ? pods : content;
}

/** The conditions that tell what a terminating namespace still waits for. */
export function terminatingConditions(
  current: readonly NamespaceCondition[],
  remaining: readonly GraphNode[],
  failure: string | undefined,
  now: Milliseconds,
): NamespaceCondition[] {
  const resources = counted(remaining.map(({ type }) => `${type.resource}.${type.group}`));
  const finalizers = counted(remaining.flatMap((node) => node.finalizers));
  const states = [
    ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    failure === undefined
      ? [
          'NamespaceDeletionContentFailure',
          'False',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ]
      : ['NamespaceDeletionContentFailure', 'True', 'ContentDeletionFailed', failure],
    resources.length === 0
      ? ['NamespaceContentRemaining', 'False', 'ContentRemoved', 'All content successfully removed']
      : [
          'NamespaceContentRemaining',
          'True',
          'SomeResourcesRemain',
          `Some resources are remaining: ${resources.map(([name, count]) => `${name} has ${count} resource instances`).join(', ')}`,
        ],
    finalizers.length === 0
      ? [
          'NamespaceFinalizersRemaining',
          'False',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ]
      : [
          'NamespaceFinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers.map(([name, count]) => `${name} in ${count} resource instances`).join(', ')}`,
        ],
  ] as const;
  return states.map(([type, status, reason, message]) => {
    const before = current.find((condition) => condition.type === type);
    const kept = before?.status === status ? before.lastTransitionTime : undefined;
    return { type, status, lastTransitionTime: kept ?? formatTime(now), reason, message };
  });
}

function counted(names: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
