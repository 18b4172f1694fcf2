import { storagev1 } from '@orrery/proto';
import { Violation } from '../checker/violation.ts';
import type { StorageWorld } from './storage-world.ts';

const { AlarmType, AlarmRequest_Action: Action } = storagev1;

const LOOK_MS = 8_000;
const ASK_MS = 4_000;
/** What has been let in before the alarm was raised comes on top, and so do deletions. */
const SLACK = 0.5;

/** An operator who looks after the space: where the quota is used up, compacts, and disarms the alarm. Never ends. */
export async function keepSpace(world: StorageWorld): Promise<void> {
  const { quotaBytes } = world.scenario;
  while (quotaBytes > 0) {
    await world.time.sleep(LOOK_MS);
    const { result, revision, member } = await world.operator.ask(
      { $case: 'status', value: {} },
      { timeoutMs: ASK_MS },
    );
    if (result?.$case !== 'status') continue;
    const { bytesUsed, alarms } = result.value;
    if (bytesUsed > quotaBytes * (1 + SLACK)) {
      throw new Violation('the quota holds', `${member} uses ${bytesUsed} bytes of ${quotaBytes}`);
    }
    if (alarms.some(({ type }) => type === AlarmType.ALARM_TYPE_NO_SPACE)) await makeSpace(world, revision, bytesUsed);
  }
}

async function makeSpace(world: StorageWorld, revision: number, bytesUsed: number): Promise<void> {
  world.story.tell('operator', `makes space: ${bytesUsed} bytes are used`);
  const compaction = await world.operator.ask({ $case: 'compact', value: { revision } }, { timeoutMs: ASK_MS });
  await world.time.sleep(1_000);
  const value = { action: Action.ACTION_DEACTIVATE, member: '', type: AlarmType.ALARM_TYPE_NO_SPACE };
  const disarmed = await world.operator.ask({ $case: 'alarm', value }, { timeoutMs: ASK_MS });
  const outcome = [compaction, disarmed].map(({ result }) => result?.$case ?? 'no answer').join(', ');
  world.story.tell('operator', `has made space: ${outcome}`);
}
