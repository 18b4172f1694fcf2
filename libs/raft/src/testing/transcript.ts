import { raftv1 } from '@orrery/proto';
import { RaftWorld } from './raft-world.ts';

const names = new Map(
  Object.entries(raftv1.Message_Type).map(([name, type]) => [type, name.slice('TYPE_'.length).toLowerCase()]),
);

/**
 * Plays a scenario and writes down what happens. Lines that begin with `> ` are commands, with `#` remarks; all others are what was seen and
 * are written anew.
 *
 * `tick a 3`, `campaign a`, `propose a text`, `read a name`, `crash a`, `cut a b` (their messages are lost from now on), `heal`, `lose` (what is
 * under way), `stabilize`, `state`.
 */
export function play(members: readonly string[], script: string): string {
  const world = new RaftWorld(members);
  const stage: Stage = { world, cut: new Set() };
  const lines: string[] = [];
  for (const line of script.split('\n')) {
    if (line.startsWith('#') || line === '') lines.push(line);
    if (!line.startsWith('> ')) continue;
    lines.push(line, ...run(stage, line.slice(2).split(' ')));
  }
  return lines.join('\n').replace(/\n{3,}/g, '\n\n');
}

interface Stage {
  readonly world: RaftWorld;
  cut: ReadonlySet<string>;
}

function run(stage: Stage, [verb = '', id = '', ...rest]: string[]): string[] {
  const { world } = stage;
  switch (verb) {
    case 'tick':
      for (let n = 0; n < Number(rest[0] ?? 1); n++) world.being(id).raft.tick();
      return [];
    case 'campaign':
      world.being(id).raft.campaign();
      return [];
    case 'propose':
      world.being(id).raft.propose([Buffer.from(rest.join(' '))]);
      return [];
    case 'read':
      world.being(id).raft.readIndex(Buffer.from(rest.join(' ')));
      return [];
    case 'crash':
      world.crash(id);
      return [];
    case 'cut':
      stage.cut = new Set([id, ...rest]);
      return [];
    case 'heal':
      stage.cut = new Set();
      return [];
    case 'lose':
      for (const member of world.members) world.drain(member);
      return world.network.splice(0).map((message) => `  lost ${messageText(message)}`);
    case 'stabilize':
      return world.stabilize(stage.cut).map((message) => `  ${messageText(message)}`);
    case 'state':
      return world.members.map((member) => `  ${stateText(world, member)}`);
    default:
      throw new Error(`unknown command: ${verb}`);
  }
}

function messageText(message: raftv1.Message): string {
  const { from, to, type, term, reject } = message;
  const facts = [`${from}->${to}`, names.get(type) ?? String(type), `term ${term}`];
  if (reject) facts.push('refused');
  if (message.logIndex > 0) facts.push(`at ${message.logIndex}${message.logTerm > 0 ? `/${message.logTerm}` : ''}`);
  if (message.entries.length > 0) {
    facts.push(`[${message.entries.map((entry) => `${entry.index}/${entry.term}`).join(' ')}]`);
  }
  if (message.commit > 0) facts.push(`commit ${message.commit}`);
  if (message.rejectHintIndex > 0) facts.push(`hint ${message.rejectHintIndex}/${message.rejectHintTerm}`);
  return facts.join(' ');
}

function stateText(world: RaftWorld, member: string): string {
  const { raft, applied, reads } = world.being(member);
  const data = applied.filter((entry) => entry.data.length > 0).map((entry) => new TextDecoder().decode(entry.data));
  const log = raft.log.slice(0, Number.MAX_SAFE_INTEGER, 1e9).map((entry) => entry.term);
  const facts = [`${member}: ${raft.role} term ${raft.term}`, `leader ${raft.leader || '-'}`, `log [${log.join(' ')}]`];
  facts.push(`commit ${raft.log.committed}`, `applied [${data.join(' ')}]`);
  if (reads.length > 0) facts.push(`reads [${reads.map(({ context, index }) => `${context}@${index}`).join(' ')}]`);
  return facts.join(', ');
}
