import { credentials, Metadata } from '@grpc/grpc-js';
import type { Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { registryEntry } from '@orrery/registry-log';
import { type Milliseconds, SystemTimers } from '@orrery/runtime';
import {
  checkAnswers,
  checkFollowers,
  checkGroups,
  checkLeases,
  GROUP_PREFIX,
  KnownHistory,
  keyName,
  type LogFollower,
  uidOf,
  Violation,
} from '@orrery/sim';
import { answer, channelOptions } from './etcd-access.ts';
import type { RecordedLoad } from './recorded-load.ts';
import type { StorageProcesses } from './storage-processes.ts';
import type { WatchRecord } from './watch-record.ts';

/** What was checked. */
export interface Verdict {
  readonly revisions: number;
  readonly operations: number;
  /** Writes whose acknowledgement a client has seen; each was found. */
  readonly acknowledged: number;
  readonly linearized: number;
  /** Groups of keys whose search for an order was given up. */
  readonly undecided: number;
  readonly watchesBegun: number;
}

/** What one member holds. */
interface MemberState {
  readonly revision: number;
  readonly hash: number;
  readonly text: string;
  /** Values below the clients' prefix. */
  readonly held: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly version: number }>;
}

const timers = new SystemTimers();
const pauseMs = 100;
const patienceMs = 45_000;
const callMs = 5_000;
/** Revision of the first change of a new store, as in etcd. */
const FIRST_WRITE = 2;
const everything = Buffer.from([0]);

/**
 * After the faults, with all processes running and no clients: every member holds the same, the registry log and the watches tell the whole of it,
 * and what clients were told fits. Throws `Violation` with the story's end.
 */
export async function verdictOn(
  cluster: StorageProcesses,
  load: RecordedLoad,
  options: { /** How long members may take to agree. */ readonly patienceMs?: Milliseconds } = {},
): Promise<Verdict> {
  try {
    const state = await convergence(cluster, load, options.patienceMs ?? patienceMs);
    return check(
      cluster.subjects,
      load,
      state,
      [...cluster.members.values()].flatMap((member) => member.failures()),
    );
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    error.message += `\n${load.story.last(150).join('\n')}`;
    throw error;
  }
}

/** Resolves with the state when all members have the same and everybody was told. */
async function convergence(cluster: StorageProcesses, load: RecordedLoad, limit: Milliseconds): Promise<MemberState> {
  const deadline = performance.now() + limit;
  for (;;) {
    if (load.failure !== undefined) throw load.failure;
    const states = await Promise.all([...cluster.endpoints.values()].map(stateOf));
    const [first] = states;
    const told = [...load.followers.map(({ position }) => position), ...load.watches.map(({ last }) => last)];
    if (
      first !== undefined &&
      states.every((state) => isSame(state, first)) &&
      told.every((at) => at >= first.revision)
    ) {
      return first;
    }
    if (performance.now() > deadline) {
      const members = states.map((state) => (state === undefined ? 'silent' : `${state.revision} #${state.hash}`));
      const detail = `members at ${members.join(', ')}; told of ${told.join(', ')}`;
      throw new Violation('members and their watchers agree in the end', detail);
    }
    await timers.sleep(pauseMs);
  }
}

function isSame(a: MemberState | undefined, b: MemberState): boolean {
  return a !== undefined && a.revision === b.revision && a.hash === b.hash && a.text === b.text;
}

/** `undefined` where it does not answer. */
async function stateOf(endpoint: string): Promise<MemberState | undefined> {
  const insecure = credentials.createInsecure();
  const kv = new etcdserverpb.KVClient(endpoint, insecure, channelOptions);
  const maintenance = new etcdserverpb.MaintenanceClient(endpoint, insecure, channelOptions);
  try {
    const options = { deadline: Date.now() + callMs, waitForReady: true } as const;
    const range = etcdserverpb.RangeRequest.fromPartial({ key: everything, rangeEnd: everything, serializable: true });
    const { header, kvs } = await answer<etcdserverpb.RangeResponse>((done) =>
      kv.range(range, new Metadata(), options, done),
    );
    const { hash } = await answer<etcdserverpb.HashKVResponse>((done) =>
      maintenance.hashKv({ revision: 0 }, new Metadata(), options, done),
    );
    const text = kvs.map((item) => `${keyName(item.key)}@${item.modRevision}#${item.version}=${keyName(item.value)}`);
    const own = kvs.filter(({ key }) => keyName(key).startsWith(GROUP_PREFIX));
    const held = new Map(own.map(({ key, value, version }) => [keyName(key), { bytes: value, version }]));
    return { revision: header?.revision ?? 0, hash, text: text.join('\n'), held };
  } catch {
    // Not there yet; the one who asks does so until it is.
    return undefined;
  } finally {
    kv.close();
    maintenance.close();
  }
}

function check(subjects: Subjects, load: RecordedLoad, state: MemberState, failures: readonly string[]): Verdict {
  if (failures.length > 0) throw new Violation('no member gives itself up', failures.join('\n'));
  const { followers, watches, log } = load;
  const [first] = followers;
  if (first === undefined) throw new Error('nobody followed the registry log');
  const gaps = followers.flatMap((follower) => follower.gaps);
  if (gaps.length > 0) throw new Violation('the registry log has no gaps', JSON.stringify(gaps));
  const [begin = 0] = first.changes.keys();
  if (begin > FIRST_WRITE) throw new Violation('the registry log has its beginning', `it begins with ${begin}`);
  checkFollowers(followers.map(({ changes }) => changes));
  for (const watch of watches) checkWatch(watch, first, subjects);
  const history = KnownHistory.of(first.changes, true);
  checkEnd(state, history);
  checkAnswers(log.operations, history);
  checkLeases(log.leases, history, 0);
  const ids = new Set(log.operations.map(({ id }) => id));
  const { checked, undecided } = checkGroups(log.operations, history, ids);
  return {
    revisions: state.revision,
    operations: log.operations.length,
    acknowledged: load.acknowledged,
    linearized: checked,
    undecided,
    watchesBegun: watches.reduce((sum, { turns }) => sum + turns, 0),
  };
}

/** The watch was told exactly what the registry log says, byte for byte. */
function checkWatch(watch: WatchRecord, { changes }: LogFollower, subjects: Subjects): void {
  const late = [...watch.changes.keys()].find((revision) => !changes.has(revision));
  if (late !== undefined) throw new Violation('the registry log has what watches tell', `nothing about ${late}`);
  for (const [revision, { subject, data }] of changes) {
    // Watches do not tell when.
    const { commitTimeMs: time } = registryv1.Event.decode(data);
    const told = (watch.changes.get(revision) ?? []).map((change) => ({ ...change, time }));
    const expected = registryEntry(revision, told, subjects);
    if (expected?.subject === subject || told.length === 0) {
      const bytes = expected?.data ?? new Uint8Array(0);
      if (told.length === 0 ? registryv1.Event.decode(data).name === '' : Buffer.compare(bytes, data) === 0) continue;
    }
    const detail = `revision ${revision} is ${subject} in the log, ${expected?.subject} to a watch of ${told.length} changes`;
    throw new Violation('watches tell what the registry log has', detail);
  }
}

/** The members hold what the history leads to. */
function checkEnd({ held, revision }: MemberState, history: KnownHistory): void {
  const keys = history.keys('g').map((name) => GROUP_PREFIX + name);
  for (const key of new Set([...held.keys(), ...keys])) {
    const expected = history.at(key.slice(GROUP_PREFIX.length), revision);
    const got = held.get(key);
    if (expected?.version === got?.version && (got === undefined || uidOf(got.bytes) === expected?.value)) continue;
    const detail = `${key} is ${got && uidOf(got.bytes)}#${got?.version}, the log says ${expected?.value}#${expected?.version}`;
    throw new Violation('the state is what the history leads to', detail);
  }
}
