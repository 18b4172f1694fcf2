import type { TestCluster } from '@orrery/testing';
import { breaksOf, lastEventOf, type Selects } from './continuity.ts';
import { type Beginning, FollowingClient } from './following-client.ts';
import type { Change, Labels } from './registry-record.ts';

/** A client, and which objects it wants to see. */
export interface Follower {
  readonly following: FollowingClient;
  readonly selects: Selects;
}

const everything = { labelSelector: undefined, selects: (): boolean => true };
const reds = { labelSelector: 'color=red', selects: ({ color }: Labels): boolean => color === 'red' };
const kinds: readonly { beginning: Beginning; selection: typeof everything | typeof reds }[] = [
  { beginning: 'list', selection: everything },
  { beginning: 'list', selection: reds },
  { beginning: 'pages', selection: everything },
  { beginning: 'stream', selection: everything },
  { beginning: 'stream', selection: reds },
];

/** Clients of each kind at each API server, which follow the config maps of the default namespace. */
export function followersOf(
  { apiPorts, certificates }: TestCluster,
  sleep: (ms: number) => Promise<void>,
): readonly Follower[] {
  return apiPorts.flatMap((port) =>
    kinds.map(({ beginning, selection: { labelSelector, selects } }) => {
      const path = '/api/v1/namespaces/default/configmaps';
      const endpoint = { port, certificates };
      return { following: new FollowingClient({ endpoint, path, labelSelector, beginning, sleep }), selects };
    }),
  );
}

/** Has each been told of the last change that it wants to see? */
export function areUpToDate(followers: readonly Follower[], record: readonly Change[]): boolean {
  return followers.every(({ following, selects }) => following.reached >= lastEventOf(record, selects));
}

export function breaksOfAll(followers: readonly Follower[], record: readonly Change[]): string[] {
  return followers.flatMap(({ following, selects }, index) =>
    breaksOf(following.segments, record, selects).map((found) => `client ${index + 1}: ${found}`),
  );
}
