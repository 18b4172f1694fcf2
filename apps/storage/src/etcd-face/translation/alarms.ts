import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { identifierOf } from './identifiers.ts';

/** etcd's beside ours. */
const TYPES = [
  [etcdserverpb.AlarmType.NONE, storagev1.AlarmType.ALARM_TYPE_UNSPECIFIED],
  [etcdserverpb.AlarmType.NOSPACE, storagev1.AlarmType.ALARM_TYPE_NO_SPACE],
  [etcdserverpb.AlarmType.CORRUPT, storagev1.AlarmType.ALARM_TYPE_CORRUPT],
] as const;

/** Unspecified, which stands for all, also where etcd has a type that storage does not know. */
export function alarmType(type: etcdserverpb.AlarmType): storagev1.AlarmType {
  return TYPES.find(([etcd]) => etcd === type)?.[1] ?? storagev1.AlarmType.ALARM_TYPE_UNSPECIFIED;
}

export function alarmMember({ member, type }: storagev1.Alarm): etcdserverpb.AlarmMember {
  return { memberID: identifierOf(member), alarm: etcdType(type) };
}

/** As etcd prints an alarm among the errors of its status. */
export function alarmText(alarm: storagev1.Alarm): string {
  return `memberID:${identifierOf(alarm.member)} alarm:${alarmName(alarm)} `;
}

export function alarmName({ type }: storagev1.Alarm): string {
  return etcdserverpb.AlarmType[etcdType(type)];
}

function etcdType(type: storagev1.AlarmType): etcdserverpb.AlarmType {
  return TYPES.find(([, ours]) => ours === type)?.[0] ?? etcdserverpb.AlarmType.NONE;
}
