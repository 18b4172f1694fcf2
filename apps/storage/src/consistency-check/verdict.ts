import type { storagev1 } from '@orrery/proto';

export interface MemberHash {
  readonly member: string;
  readonly answer: storagev1.HashResponse;
}

/**
 * The members whose state differs from what most have. Only hashes of the same history can be compared: of those that were compacted elsewhere nothing is known.
 * Where no state has a majority of those compared, the `judge` is believed, as etcd believes its leader.
 */
export function corruptMembers(judge: string, hashes: readonly MemberHash[]): string[] {
  const own = hashes.find(({ member }) => member === judge);
  if (own === undefined) return [];
  const compared = hashes.filter(({ answer }) => isSameHistory(answer, own.answer));
  const votes = new Map<number, number>();
  for (const { answer } of compared) votes.set(answer.hash, (votes.get(answer.hash) ?? 0) + 1);
  const majority = [...votes].find(([, count]) => count * 2 > compared.length);
  const right = majority?.[0] ?? own.answer.hash;
  return compared.filter(({ answer }) => answer.hash !== right).map(({ member }) => member);
}

function isSameHistory(a: storagev1.HashResponse, b: storagev1.HashResponse): boolean {
  return a.hashRevision === b.hashRevision && a.compactRevision === b.compactRevision;
}
