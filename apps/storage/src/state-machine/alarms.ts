import { storagev1 } from '@orrery/proto';

/** Alarms that are raised, each by one member for one reason. Part of the replicated state. */
export class Alarms {
  readonly #raised = new Map<string, storagev1.Alarm>();

  has(type: storagev1.AlarmType): boolean {
    for (const alarm of this.#raised.values()) if (alarm.type === type) return true;
    return false;
  }

  /** In order of type and member. */
  all(): readonly storagev1.Alarm[] {
    return [...this.#raised.values()].sort((a, b) => a.type - b.type || (a.member < b.member ? -1 : 1));
  }

  /** Those that a request means: an empty member and the unspecified type stand for all. */
  matching({ member, type }: Pick<storagev1.AlarmRequest, 'member' | 'type'>): readonly storagev1.Alarm[] {
    const anyType = type === storagev1.AlarmType.ALARM_TYPE_UNSPECIFIED;
    return this.all().filter((alarm) => (member === '' || alarm.member === member) && (anyType || alarm.type === type));
  }

  raise(alarm: storagev1.Alarm): void {
    this.#raised.set(keyOf(alarm), { member: alarm.member, type: alarm.type });
  }

  /** Returns those that were raised. */
  disarm(request: Pick<storagev1.AlarmRequest, 'member' | 'type'>): readonly storagev1.Alarm[] {
    const disarmed = this.matching(request);
    for (const alarm of disarmed) this.#raised.delete(keyOf(alarm));
    return disarmed;
  }

  clear(): void {
    this.#raised.clear();
  }
}

function keyOf({ member, type }: storagev1.Alarm): string {
  return `${type} ${member}`;
}
