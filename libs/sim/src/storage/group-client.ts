import type { storagev1 } from '@orrery/proto';
import type { Milliseconds, Random, Timers } from '@orrery/runtime';
import type { GroupInput, GroupOutput, Held, Write } from '../checker/key-group-model.ts';
import { Violation } from '../checker/violation.ts';
import type { Story } from '../story/story.ts';
import type { GroupOperation, LeaseRecord, OperationLog } from './operation-log.ts';
import { type Answer, keyName, type Operation, rangeOf, type StorageAccess, txnOf, uidOf } from './storage-client.ts';
import type { StorageScenario } from './storage-scenario.ts';

export const GROUP_PREFIX = '/registry/core/configmaps/';
export const LEASE_PREFIX = '/registry/core/endpoints/leases/';

export interface GroupClientParts {
  readonly name: string;
  readonly scenario: Pick<StorageScenario, 'groups' | 'thinkMs'>;
  readonly client: StorageAccess;
  readonly random: Random;
  readonly timers: Timers;
  readonly now: () => Milliseconds;
  readonly log: OperationLog;
  readonly story: Pick<Story, 'tell'>;
  readonly members: () => readonly string[];
  /**
   * How often a client that got no answer asks the same again; the request's id makes that one change. 1: its way in knows no ids, nothing is ever
   * repeated. Default 3.
   */
  readonly attemptsMax?: number;
}

const ATTEMPTS_MAX = 3;

/** One client: asks for one thing after the other, at its own pace, and writes down what it was told. */
export class GroupClient {
  #count = 0;
  #stopped = false;
  /** What it last saw of each group. */
  readonly #known = new Map<string, Readonly<Record<string, Held>>>();
  #lastRevision = 0;
  /** A change of its own that was answered, some time ago. */
  #written: GroupOperation | undefined;

  constructor(private readonly parts: GroupClientParts) {}

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const { timers, random, scenario } = this.parts;
    while (!this.#stopped) {
      await timers.sleep(-Math.log(1 - random.next()) * scenario.thinkMs);
      if (!this.#stopped) await this.step();
    }
  }

  /** One request. Answers whether its outcome is known. */
  step(): Promise<boolean> {
    const { random, scenario } = this.parts;
    const group = `g${random.integer(scenario.groups)}`;
    const dice = random.next();
    if (dice < 0.3) return this.read(group);
    if (dice < 0.36) return this.#readOld(group);
    if (dice < 0.42) return this.#readLocally(group);
    if (dice < 0.5) return this.#useLease();
    if (dice < 0.55) return this.#repeat();
    return this.write(group);
  }

  read(group: string): Promise<boolean> {
    return this.#do(group, { kind: 'read' });
  }

  write(group: string): Promise<boolean> {
    const { random } = this.parts;
    const id = this.#nextId();
    const [a, b] = [`${group}/a`, `${group}/b`];
    const put = (key: string): Write => ({ key, value: `${id}.${key.at(-1)}` });
    const one = random.next() < 0.5 ? a : b;
    const dice = random.next();
    const writes: Write[] =
      dice < 0.55
        ? [put(one)]
        : dice < 0.85
          ? [put(a), put(b)]
          : [put(one === a ? b : a), { key: one, value: undefined }];
    const known = this.#known.get(group);
    const expect = known !== undefined && random.next() < 0.5 ? [{ key: one, version: known[one]?.version ?? 0 }] : [];
    return this.#do(group, { kind: 'txn', expect, writes }, id);
  }

  /** The state as it was at that revision. */
  readAt(group: string, revision: number): Promise<boolean> {
    return this.#do(group, { kind: 'read' }, undefined, { atRevision: revision });
  }

  /** As a copy of a request that was long under way: it must get the answer that it got, and change nothing. */
  async #repeat(): Promise<boolean> {
    const { client, story, name, attemptsMax } = this.parts;
    const written = this.#written;
    if (written === undefined || attemptsMax === 1) return false;
    const { id, input, output, revision } = written;
    const { result, member } = await client.ask(requestFor(written), { requestId: id, timeoutMs: 4_000 });
    const again = known(input, result, member);
    story.tell(name, `repeats ${id} → ${again.text}`);
    if (again.output === undefined) return false;
    if (again.revision === revision && sameText(again.output, output)) return true;
    throw new Violation('a repeated request gets its answer again', `${id} was answered at ${revision}: ${again.text}`);
  }

  #readOld(group: string): Promise<boolean> {
    const back = this.parts.random.integer(20);
    return this.#do(group, { kind: 'read' }, undefined, { atRevision: Math.max(0, this.#lastRevision - back) });
  }

  #readLocally(group: string): Promise<boolean> {
    return this.#do(group, { kind: 'read' }, undefined, { serializable: true });
  }

  async #do(
    group: string,
    input: GroupInput,
    id = this.#nextId(),
    { atRevision = 0, serializable = false } = {},
  ): Promise<boolean> {
    const { log, now, random, story, name } = this.parts;
    const operation: GroupOperation = {
      id,
      group,
      input,
      atRevision,
      serializable,
      calledAt: now(),
      returnedAt: Number.POSITIVE_INFINITY,
      output: undefined,
      revision: 0,
    };
    log.operations.push(operation);
    const chance = input.kind === 'read' ? 0.5 : 0.1;
    const member = random.next() < chance ? this.#someMember() : undefined;
    const answer = await this.#askUntilKnown(operation, member);
    operation.returnedAt = answer.output === undefined ? Number.POSITIVE_INFINITY : now();
    operation.output = answer.output;
    operation.revision = answer.revision;
    if (answer.output?.kind === 'read' && atRevision === 0) this.#known.set(group, answer.output.held);
    else if (answer.output?.kind === 'txn') {
      this.#known.delete(group);
      if (random.next() < 0.3) this.#written = operation;
    }
    this.#lastRevision = Math.max(this.#lastRevision, answer.revision);
    story.tell(name, `${describe(operation)} → ${answer.text} (asked at ${(operation.calledAt / 1000).toFixed(3)}s)`);
    return answer.output !== undefined;
  }

  async #askUntilKnown(operation: GroupOperation, member: string | undefined): Promise<KnownAnswer> {
    const { client, random, attemptsMax = ATTEMPTS_MAX } = this.parts;
    const { id, input } = operation;
    const request = requestFor(operation);
    let answer: KnownAnswer = { output: undefined, revision: 0, text: 'no answer' };
    for (let attempt = 0; attempt < attemptsMax && answer.output === undefined; attempt++) {
      if (attempt > 0 && (random.next() < 0.5 || this.#stopped)) break;
      const timeoutMs = 500 + random.integer(5_000);
      const asked = await client.ask(request, {
        requestId: id,
        timeoutMs,
        ...(member === undefined || attempt > 0 ? {} : { member }),
      });
      answer = known(input, asked.result, asked.member);
    }
    return answer;
  }

  // Leases.

  async #useLease(): Promise<boolean> {
    const { log, random, now } = this.parts;
    const mine = log.leases.filter(
      ({ value, revokedAt }) => value.startsWith(`${this.parts.name}-`) && revokedAt === undefined,
    );
    const live = mine.filter(({ askedAt, ttlMs }) => now() < askedAt + 2 * ttlMs);
    const lease = live[random.integer(Math.max(1, live.length))];
    if (lease === undefined || (live.length < 3 && random.next() < 0.4)) return this.#grant();
    return random.next() < 0.1 ? this.#revoke(lease) : this.#keepAlive(lease);
  }

  async #grant(): Promise<boolean> {
    const { client, log, now, random, name, story } = this.parts;
    const value = this.#nextId();
    const ttlSeconds = 5 + random.integer(25);
    const askedAt = now();
    const id = String(1 + random.integer(2 ** 47));
    const grant = { $case: 'leaseGrant' as const, value: { id, ttlSeconds } };
    const { result } = await client.ask(grant, { requestId: `${value}g`, timeoutMs: 4_000 });
    if (result?.$case !== 'leaseGrant') return false;
    const key = `${LEASE_PREFIX}${value}`;
    const record: LeaseRecord = {
      id,
      key,
      value,
      ttlMs: result.value.ttlSeconds * 1_000,
      renewedAt: askedAt,
      askedAt,
      revokedAt: undefined,
    };
    log.leases.push(record);
    const attached = await client.ask(txnOf([], [{ key, value, lease: id }]), { requestId: value, timeoutMs: 4_000 });
    story.tell(name, `lease ${id} of ${ttlSeconds}s with key ${value} → ${attached.result?.$case ?? 'no answer'}`);
    return attached.result?.$case === 'txn';
  }

  async #keepAlive(lease: LeaseRecord): Promise<boolean> {
    const { client, now, name, story } = this.parts;
    const askedAt = now();
    lease.askedAt = askedAt;
    const request = { $case: 'leaseKeepAlive' as const, value: { id: lease.id } };
    const { result } = await client.ask(request, { requestId: this.#nextId(), timeoutMs: 4_000 });
    const isRenewed = result?.$case === 'leaseKeepAlive' && result.value.ttlSeconds > 0;
    if (isRenewed) lease.renewedAt = askedAt;
    story.tell(name, `keep-alive of ${lease.id} → ${isRenewed ? 'renewed' : (result?.$case ?? 'no answer')}`);
    return result !== undefined;
  }

  async #revoke(lease: LeaseRecord): Promise<boolean> {
    const { client, now, name, story } = this.parts;
    lease.revokedAt = now();
    const request = { $case: 'leaseRevoke' as const, value: { id: lease.id } };
    const { result } = await client.ask(request, { requestId: this.#nextId(), timeoutMs: 4_000 });
    story.tell(name, `revoke ${lease.id} → ${result?.$case ?? 'no answer'}`);
    return result !== undefined;
  }

  #nextId(): string {
    return `${this.parts.name}-${++this.#count}`;
  }

  #someMember(): string | undefined {
    const members = this.parts.members();
    return members[this.parts.random.integer(members.length)];
  }
}

function requestFor({ input, group, atRevision, serializable }: GroupOperation): Operation {
  if (input.kind === 'read') return rangeOf(`${GROUP_PREFIX}${group}/`, { revision: atRevision, serializable });
  return txnOf(input.expect.map(absolute), input.writes.map(absolute));
}

function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

interface KnownAnswer {
  readonly output: GroupOutput | undefined;
  readonly revision: number;
  readonly text: string;
}

function absolute<T extends { readonly key: string }>(part: T): T {
  return { ...part, key: GROUP_PREFIX + part.key };
}

/** Errors count as "not known": a copy of the request that is still under way may yet succeed. */
function known(input: GroupInput, result: Answer | undefined, member: string): KnownAnswer {
  if (result?.$case === 'range' && input.kind === 'read') {
    const held = Object.fromEntries(result.value.kvs.map(heldOf));
    const text = Object.entries(held)
      .map(([key, { value, version }]) => `${key}=${value}#${version}`)
      .join(' ');
    const { revision } = result.value;
    return { output: { kind: 'read', held }, revision, text: `${text} at revision ${revision} from ${member}` };
  }
  if (result?.$case === 'txn' && input.kind === 'txn') {
    const { succeeded, revision, results } = result.value;
    const output: GroupOutput = succeeded
      ? { kind: 'txn', succeeded, previous: results.map(previousOf) }
      : { kind: 'txn', succeeded };
    return { output, revision, text: `${succeeded ? 'done' : 'not as expected'} at revision ${revision} by ${member}` };
  }
  const text =
    result?.$case === 'error' ? `error: ${result.value.message} (${member})` : (result?.$case ?? 'no answer');
  return { output: undefined, revision: 0, text };
}

function heldOf(kv: storagev1.KeyValue): [string, Held] {
  return [keyName(kv.key).slice(GROUP_PREFIX.length), { value: uidOf(kv.value), version: kv.version }];
}

function previousOf({ result }: storagev1.OperationResult): Held | undefined {
  if (result?.$case === 'put') return result.value.previous && heldOf(result.value.previous)[1];
  if (result?.$case === 'deleteRange') return result.value.deleted[0] && heldOf(result.value.deleted[0])[1];
  return undefined;
}

function describe({ input, group, atRevision, serializable, id }: GroupOperation): string {
  if (input.kind === 'read') {
    return `${serializable ? 'reads locally' : 'reads'} ${group}${atRevision > 0 ? ` as of ${atRevision}` : ''}`;
  }
  const writes = input.writes.map(({ key, value }) =>
    value === undefined ? `deletes ${key}` : `puts ${key}=${value}`,
  );
  const expected = input.expect.map(({ key, version }) => ` if ${key}#${version}`);
  return `${id}: ${writes.join(', ')}${expected.join()}`;
}
