import type { CpuProfile } from './inspector.ts';

/** What takes the processor's time: a part of the program, or one function. */
export interface HotSpot {
  readonly name: string;
  /** Share of the time in which the process was not idle, 0 to 1. */
  readonly share: number;
}

export interface HotSpots {
  /** Share of one core that was busy, 0 to 1. */
  readonly busy: number;
  readonly parts: readonly HotSpot[];
  readonly functions: readonly HotSpot[];
}

const idle = '(idle)';

/** Sums a profile up: own time of each part and function, largest first. */
export function hotSpotsOf({ nodes, samples, timeDeltas }: CpuProfile): HotSpots {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const time = timeDeltas[index] ?? 0;
    total += time;
    if (frame === undefined || frame.functionName === idle) continue;
    busy += time;
    const part = partOf(frame.url) ?? frame.functionName;
    add(parts, part, time);
    add(functions, frame.url === '' ? frame.functionName : `${frame.functionName || '(anonymous)'}, ${part}`, time);
  }
  return { busy: busy / total, parts: ranked(parts, busy), functions: ranked(functions, busy) };
}

/** For the terminal: the parts on the left, the functions on the right. */
export function hotSpotLines({ busy, parts, functions }: HotSpots, count = 12): string[] {
  const left = parts.slice(0, count).map(line);
  const right = functions.slice(0, count).map(line);
  const width = Math.max(...left.map((text) => text.length)) + 3;
  const rows = right.map((text, index) => `  ${(left[index] ?? '').padEnd(width)}${text}`);
  return [`busy ${(busy * 100).toFixed(0)} % of a core; own time by part, and by function:`, ...rows];
}

function line({ name, share }: HotSpot): string {
  return `${(share * 100).toFixed(1).padStart(5)} %  ${name}`;
}

/** `apiserver/registry` for our own files, the package for those of others, the module for Node's. */
function partOf(url: string): string | undefined {
  if (url === '') return undefined;
  const own = /\/(?:apps|libs)\/([^/]+)\/(?:dist|src)\/(?:src\/)?([^/]+)/.exec(url);
  if (own) return `${own[1]}/${own[2]?.replace(/\.[jt]s$/, '')}`;
  return /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url;
}

function add(sums: Map<string, number>, name: string, time: number): void {
  sums.set(name, (sums.get(name) ?? 0) + time);
}

function ranked(sums: ReadonlyMap<string, number>, total: number): HotSpot[] {
  return [...sums].map(([name, time]) => ({ name, share: time / total })).sort((a, b) => b.share - a.share);
}
