import { raftv1 } from '@orrery/proto';
import type { ConfigurationChange } from '../membership/configuration.ts';
import { RaftWorld } from './raft-world.ts';

const names = new Map(
  Object.entries(raftv1.Message_Type).map(([name, type]) => [type, name.slice('TYPE_'.length).toLowerCase()]),
);

/**
 * Plays a scenario and writes down what happens. Lines that begin with `> ` are commands, with `#` remarks; all others are what was seen and
 * are written anew. A command that is refused shows the error.
 *
 * Cluster: `cluster a b c limit=number …` (before all others; three members without it; with `incarnations=1` the first lives have the numbers from 1 on),
 * `start d` (a new one, empty, that joins), `crash a`, `forget a` (its disk is emptied, and it starts as one of the first).
 * Members: `tick a 3`, `campaign a`, `propose a text`, `read a name`, `add-learner a d`, `add-voter a d`, `promote a d`, `remove a b`,
 * `transfer a b`, `snapshot a keep`, `stepdown a`.
 * Disk: `slow a` (does nothing from now on), `fast a`, `damage a` (the next part of a snapshot).
 * Network: `cut a b` (their messages are lost from now on), `oneway a b` (lost from a to b), `heal`, `lose` (what is under way), `drop a b type`,
 * `duplicate a b type`, `delay a b type` (the next such message; a delayed one comes with `release`), `inject type a b term=number …`.
 * To see: `stabilize`, `quietly` (the same unseen), `pass 10` (so many ticks for all, with everything that comes of them), `state`, `status a`.
 */
export function play(script: string): string {
  const stage = new Stage();
  const lines: string[] = [];
  for (const line of script.split('\n')) {
    if (line.startsWith('#') || line === '') lines.push(line);
    if (!line.startsWith('> ')) continue;
    lines.push(line, ...stage.run(line.slice(2).split(' ')));
  }
  return lines.join('\n').replace(/\n{3,}/g, '\n\n');
}

interface Trap {
  readonly what: 'drop' | 'duplicate' | 'delay';
  readonly from: string;
  readonly to: string;
  readonly type: string;
}

class Stage {
  #world = new RaftWorld(['a', 'b', 'c']);
  #cut: ReadonlySet<string> = new Set();
  #oneway: readonly [string, string][] = [];
  #traps: Trap[] = [];
  #delayed: raftv1.Message[] = [];
  #slow: string[] = [];

  run(words: readonly string[]): string[] {
    try {
      return this.#run(words);
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'InvariantError') throw error;
      return [`  ! ${error.name}: ${error.message}`];
    }
  }

  #run([verb = '', id = '', ...rest]: readonly string[]): string[] {
    const world = this.#world;
    const raft = world.beings.get(id)?.raft;
    switch (verb) {
      case 'cluster':
        this.#begin([id, ...rest]);
        return [];
      case 'start':
        world.join(id);
        return [];
      case 'crash':
        world.crash(id);
        return [];
      case 'forget':
        world.forget(id);
        return [];
      case 'tick':
        for (let n = 0; n < Number(rest[0] ?? 1); n++) raft?.tick();
        return [];
      case 'campaign':
        raft?.campaign();
        return [];
      case 'stepdown':
        raft?.stepDown();
        return [];
      case 'propose':
        raft?.propose([Buffer.from(rest.join(' '))]);
        return [];
      case 'read':
        raft?.readIndex(Buffer.from(rest.join(' ')));
        return [];
      case 'add-learner':
      case 'add-voter':
      case 'promote':
      case 'remove':
        raft?.proposeConfiguration({ kind: verb, member: rest[0] ?? '' } satisfies ConfigurationChange);
        return [];
      case 'transfer':
        raft?.transferLeadership(rest[0] ?? '');
        return [];
      case 'snapshot':
        world.snapshot(id, Number(rest[0] ?? 0));
        return [];
      case 'slow':
        this.#slow = [...this.#slow, id];
        return [];
      case 'fast':
        this.#slow = this.#slow.filter((other) => other !== id);
        world.finishDisk(id);
        return [];
      case 'damage':
        world.finishChunk(id, true);
        return [];
      case 'inject':
        world.deliver(messageOf(id, rest));
        return [];
      default:
        return this.#runNetwork(verb, [id, ...rest]);
    }
  }

  #runNetwork(verb: string, words: readonly string[]): string[] {
    const world = this.#world;
    const [from = '', to = '', type = ''] = words;
    switch (verb) {
      case 'cut':
        this.#cut = new Set(words);
        return [];
      case 'oneway':
        this.#oneway = [...this.#oneway, [from, to]];
        return [];
      case 'heal':
        this.#cut = new Set();
        this.#oneway = [];
        return [];
      case 'drop':
      case 'duplicate':
      case 'delay':
        this.#traps.push({ what: verb, from, to, type });
        return [];
      case 'release':
        world.network.push(...this.#delayed.splice(0));
        return [];
      case 'lose':
        for (const member of world.members) world.drain(member, !this.#slow.includes(member));
        return world.network.splice(0).map((message) => `  lost ${messageText(message)}`);
      case 'stabilize':
        return this.#stabilize();
      case 'quietly':
        return [`  (${this.#stabilize().length} messages)`];
      case 'pass': {
        let count = 0;
        for (let n = 0; n < Number(from); n++) {
          for (const member of world.members) world.being(member).raft.tick();
          count += this.#stabilize().length;
        }
        return [`  (${count} messages)`];
      }
      case 'state':
        return world.members.map((member) => `  ${stateText(world, member)}`);
      case 'status':
        return statusText(world, from);
      default:
        throw new Error(`unknown command: ${verb}`);
    }
  }

  #begin(words: readonly string[]): void {
    const members = words.filter((word) => !word.includes('='));
    const { incarnations, ...limits } = Object.fromEntries(numbersOf(words));
    this.#world = new RaftWorld(members, undefined, limits, incarnations === 1);
  }

  #stabilize(): string[] {
    const lines: string[] = [];
    this.#world.stabilize((message) => {
      const fate = this.#fate(message);
      if (fate !== 'cut') lines.push(`  ${fate === '' ? '' : `${fate} `}${messageText(message)}`);
      return fate === '' || fate === 'duplicated';
    }, this.#slow);
    return lines;
  }

  #fate(message: raftv1.Message): '' | 'cut' | 'dropped' | 'duplicated' | 'delayed' {
    const { from, to, type } = message;
    if (this.#cut.has(from) || this.#cut.has(to)) return 'cut';
    if (this.#oneway.some(([source, target]) => source === from && target === to)) return 'cut';
    const at = this.#traps.findIndex((trap) => trap.from === from && trap.to === to && trap.type === names.get(type));
    const [trap] = at < 0 ? [] : this.#traps.splice(at, 1);
    switch (trap?.what) {
      case undefined:
        return '';
      case 'drop':
        return 'dropped';
      case 'duplicate':
        this.#world.network.push(message);
        return 'duplicated';
      case 'delay':
        this.#delayed.push(message);
        return 'delayed';
    }
  }
}

function numbersOf(words: readonly string[]): [string, number][] {
  return words
    .filter((word) => word.includes('='))
    .map((word) => {
      const [name = '', value] = word.split('=');
      return [name, Number(value)];
    });
}

function messageOf(type: string, [from = '', to = '', ...fields]: readonly string[]): raftv1.Message {
  const known = [...names].find(([, name]) => name === type);
  const number = known === undefined ? Number(type) : Number(known[0]);
  return raftv1.Message.create({ type: number, from, to, ...Object.fromEntries(numbersOf(fields)) });
}

function messageText(message: raftv1.Message): string {
  const { type, term, reject, snapshot } = message;
  const from = nameText(message.from, message.fromIncarnation);
  const to = nameText(message.to, message.toIncarnation);
  const facts = [`${from}->${to}`, names.get(type) ?? String(type), `term ${term}`];
  if (reject) facts.push('refused');
  if (message.leadershipTransfer) facts.push('for a transfer');
  if (message.logIndex > 0) facts.push(`at ${message.logIndex}${message.logTerm > 0 ? `/${message.logTerm}` : ''}`);
  if (message.entries.length > 0) {
    facts.push(`[${message.entries.map((entry) => `${entry.index}/${entry.term}`).join(' ')}]`);
  }
  if (message.commit > 0) facts.push(`commit ${message.commit}`);
  if (message.rejectHintIndex > 0) facts.push(`hint ${message.rejectHintIndex}/${message.rejectHintTerm}`);
  if (snapshot !== undefined) facts.push(partText(snapshot));
  return facts.join(' ');
}

function nameText(member: string, incarnation: number): string {
  return incarnation === 0 ? member : `${member}#${incarnation}`;
}

function partText({ meta, offset, data, done }: raftv1.SnapshotPart): string {
  if (meta === undefined) return `has ${offset} bytes`;
  const of = `of snapshot ${meta.index}/${meta.term}`;
  if (data.length === 0 && !done) return `how far? ${of}`;
  return `bytes ${offset}-${offset + data.length} ${of}${done ? ', done' : ''}`;
}

function stateText(world: RaftWorld, member: string): string {
  const { raft, applied, reads } = world.being(member);
  const data = applied.map((line) => line.slice(line.indexOf(' ') + 1)).filter((text) => text !== '');
  const terms = raft.log.slice(raft.log.offset, Number.MAX_SAFE_INTEGER, 1e9).map((entry) => entry.term);
  const log = raft.log.offset === 0 ? 'log' : `log after ${raft.log.offset}`;
  const facts = [
    `${member}: ${raft.role} term ${raft.term}`,
    `leader ${raft.leader || '-'}`,
    `${log} [${terms.join(' ')}]`,
  ];
  facts.push(`commit ${raft.log.committed}`, `applied [${data.join(' ')}]`);
  if (raft.log.configurationIndex > 0) facts.push(`members [${configurationText(raft.configuration)}]`);
  if (reads.length > 0) facts.push(`reads [${reads.map(({ context, index }) => `${context}@${index}`).join(' ')}]`);
  return facts.join(', ');
}

function configurationText({ voters, learners, incarnations }: raftv1.Configuration): string {
  const text = (member: string): string => {
    const incarnation = incarnations?.of[member];
    return incarnation === 0 ? `${member}#?` : nameText(member, incarnation ?? 0);
  };
  return [...voters.map(text), ...learners.map((learner) => `(${text(learner)})`)].join(' ');
}

function statusText(world: RaftWorld, member: string): string[] {
  const { followers, transferringTo, role } = world.being(member).raft.status();
  const head = `  ${member}: ${role}${transferringTo === '' ? '' : `, handing over to ${transferringTo}`}`;
  return [
    head,
    ...followers.map(({ member: name, state, match, next, recentActive, learner, pendingSnapshot }) => {
      const facts = [`  ${name}: ${state} match ${match} next ${next}`, recentActive ? 'active' : 'silent'];
      if (learner) facts.push(world.being(member).raft.isInSync(name) ? 'learner in sync' : 'learner behind');
      if (pendingSnapshot !== undefined) {
        facts.push(`snapshot ${pendingSnapshot.index} ${pendingSnapshot.offset}/${pendingSnapshot.bytes}`);
      }
      return facts.join(', ');
    }),
  ];
}
