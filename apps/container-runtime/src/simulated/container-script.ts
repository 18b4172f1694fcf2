import type { Milliseconds } from '@orrery/runtime';

/** What `simulation.orrery.dev/<container>.<key>` annotations of a pod make its container do. README.md lists the keys. */
export interface ContainerScript {
  /** Ends by itself after that time; `undefined` leaves it to the command. */
  readonly exitAfter: Milliseconds | undefined;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** How many first starts of the container end with `exitCode` (1 where not given); later ones run on. */
  readonly crashes: number | undefined;
  /** From the signal to the end; `never` waits for SIGKILL. */
  readonly stopAfter: Milliseconds | 'never';
  readonly startError: string | undefined;
  readonly startAfter: Milliseconds;
  readonly logLines: readonly string[];
  /** Time between two lines, which then repeat; `undefined` writes all at once, once. */
  readonly logEvery: Milliseconds | undefined;
  /** Probes fail before that time after the start; `never`: always. */
  readonly readyAfter: Milliseconds | 'never';
  /** Memory that usage shows. */
  readonly memoryBytes: number;
}

const prefix = 'simulation.orrery.dev/';

export function readContainerScript(container: string, annotations: Readonly<Record<string, string>>): ContainerScript {
  const value = (key: string) => annotations[`${prefix}${container}.${key}`];
  const time = (key: string) => parseDuration(value(key));
  const count = (key: string) => parseCount(value(key));
  const log = value('log');
  return {
    exitAfter: time('exit-after') ?? (value('exit-code') !== undefined && !value('crashes') ? 0 : undefined),
    exitCode: count('exit-code'),
    oomKilled: value('oom-killed') === 'true',
    crashes: count('crashes'),
    stopAfter: value('stop-after') === 'never' ? 'never' : (time('stop-after') ?? 0),
    startError: value('start-error'),
    startAfter: time('start-after') ?? 0,
    logLines: log === undefined ? [] : log.split('\n'),
    logEvery: time('log-every'),
    readyAfter: value('ready-after') === 'never' || value('ready') === 'false' ? 'never' : (time('ready-after') ?? 0),
    memoryBytes: count('memory-bytes') ?? 8 * 1024 * 1024,
  };
}

/** What the pod's annotations say of its image pulls. */
export interface PullScript {
  readonly error: string | undefined;
  readonly duration: Milliseconds;
}

export function readPullScript(annotations: Readonly<Record<string, string>>): PullScript {
  return {
    error: annotations[`${prefix}pull-error`],
    duration: parseDuration(annotations[`${prefix}pull-duration`]) ?? 0,
  };
}

const unitMilliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `250ms`, `3s`, `1m30s`; what is none of these counts as not given. */
export function parseDuration(text: string | undefined): Milliseconds | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    sum += Number(amount) * (unitMilliseconds[unit ?? ''] ?? 0);
  return sum;
}

function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
