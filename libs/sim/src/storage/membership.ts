import { storagev1 } from '@orrery/proto';
import type { Answer } from './storage-client.ts';
import type { StorageMachine } from './storage-machine.ts';
import type { StorageWorld } from './storage-world.ts';

const { MemberChangeRequest_Action: Action, Error_Code: Code } = storagev1;

const ASK_MS = 4_000;
const RETRY_MS = 500;
/**
 * Longer than any message is under way. A member that comes back under its old name must not be taken for the old one: neither by others, who may still
 * get what the old one promised, nor by itself, who may get what was meant for the old one.
 */
const FORGET_MS = 30_000;

/**
 * What an operator does about a member whose disk is lost: has the others forget it, gives it an empty disk and adds it again as a learner, which is
 * promoted when it has caught up. Goes on until it is done.
 */
export async function rebuild(world: StorageWorld, machine: StorageMachine): Promise<void> {
  const { name } = machine;
  if (world.rebuilding.has(name)) return;
  world.rebuilding.add(name);
  try {
    world.story.tell('operator', `replaces ${name}`);
    await change(world, name, Action.ACTION_REMOVE, Code.CODE_MEMBER_NOT_FOUND);
    machine.isAway = true;
    machine.kill({ power: true });
    machine.renew();
    await world.time.sleep(FORGET_MS);
    await join(world, machine);
    world.story.tell('operator', `has replaced ${name}`);
  } finally {
    machine.isAway = false;
    world.rebuilding.delete(name);
  }
}

/** Adds one more machine to the cluster. */
export async function grow(world: StorageWorld): Promise<void> {
  const name = `storage-${world.machines.size + 1}`;
  if (world.rebuilding.size > 0) return;
  world.rebuilding.add(name);
  const machine = world.addMachine(name);
  try {
    world.story.tell('operator', `adds ${name}`);
    machine.isAway = true;
    machine.renew();
    await join(world, machine);
    world.story.tell('operator', `has added ${name}`);
  } finally {
    machine.isAway = false;
    world.rebuilding.delete(name);
  }
}

/** From a learner with an empty disk to a voter. */
async function join(world: StorageWorld, machine: StorageMachine): Promise<void> {
  const { name } = machine;
  await change(world, name, Action.ACTION_ADD_LEARNER, Code.CODE_MEMBER_EXISTS);
  machine.isAway = false;
  machine.start();
  const { autoPromote, learnMs } = world.scenario;
  if (!autoPromote) await world.time.sleep(learnMs);
  // Refused as long as it has not caught up.
  while (world.violation === undefined && (await voters(world))?.includes(name) !== true) {
    const value = { action: Action.ACTION_PROMOTE, member: name, peerUrls: [] };
    if (!autoPromote) await world.operator.ask({ $case: 'memberChange', value }, { timeoutMs: ASK_MS });
    await world.time.sleep(RETRY_MS);
  }
}

/** Who belongs to the cluster as voters, or undefined where nobody says. */
export async function voters(world: StorageWorld): Promise<readonly string[] | undefined> {
  const { result } = await world.operator.ask(
    { $case: 'memberList', value: { linearizable: true } },
    { timeoutMs: ASK_MS },
  );
  if (result?.$case !== 'memberList') return undefined;
  return result.value.members.filter(({ isLearner }) => !isLearner).map(({ name }) => name);
}

/** Repeats until it is so; `already` is how storage says that it was. */
async function change(
  world: StorageWorld,
  member: string,
  action: storagev1.MemberChangeRequest_Action,
  already: storagev1.Error_Code,
): Promise<void> {
  while (world.violation === undefined) {
    const value = { action, member, peerUrls: action === Action.ACTION_ADD_LEARNER ? [`http://${member}:2380`] : [] };
    const { result } = await world.operator.ask({ $case: 'memberChange', value }, { timeoutMs: ASK_MS });
    world.story.tell('operator', `${storagev1.MemberChangeRequest_Action[action]} ${member} → ${outcome(result)}`);
    if (result?.$case === 'memberChange' || (result?.$case === 'error' && result.value.code === already)) return;
    await world.time.sleep(RETRY_MS);
  }
}

function outcome(result: Answer | undefined): string {
  return result?.$case === 'error' ? result.value.message : (result?.$case ?? 'no answer');
}
