import type { OrreryCluster } from '../cluster/orrery-cluster.ts';
import { closedLoop, type LoopOptions, type LoopResult } from './closed-loop.ts';
import { type Endpoint, HttpConnection, requestBytes } from './http-connection.ts';

export interface Load extends LoopOptions {
  readonly clients: number;
  /** The next request, as bytes. */
  readonly next: () => string;
  /** The status that each answer must have. */
  readonly status: number;
}

/** Loads a server with clients that each have a connection of their own. Throws at the first answer of another status. */
export async function load(endpoint: Endpoint, { clients, next, status, ...options }: Load): Promise<LoopResult> {
  const connections = await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(endpoint)));
  const send = (connection: HttpConnection) => async () => {
    const answered = await connection.request(next());
    if (answered !== status) throw new Error(`the server answered ${answered} instead of ${status}`);
  };
  try {
    return await closedLoop(connections.map(send), options);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Creates `count` objects as fast as some clients can. */
export async function createMany(
  endpoint: Endpoint,
  path: string,
  count: number,
  object: (index: number) => object,
): Promise<void> {
  const connections = await Promise.all(Array.from({ length: 32 }, () => HttpConnection.open(endpoint)));
  let created = 0;
  const create = async (connection: HttpConnection): Promise<void> => {
    while (created < count) {
      const status = await connection.request(requestBytes('POST', path, JSON.stringify(object(created++))));
      if (status !== 201) throw new Error(`the server answered ${status} to a create`);
    }
  };
  try {
    await Promise.all(connections.map(create));
  } finally {
    for (const connection of connections) connection.close();
  }
}

export function endpointOf({ access }: OrreryCluster): Endpoint {
  return { port: Number(new URL(access.server).port), access };
}

export function describeLoad({ perSecond, p50Ms, p99Ms, clientCores }: LoopResult): string {
  return `${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, load generator ${clientCores.toFixed(2)} cores`;
}
