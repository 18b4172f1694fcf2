import { createHash } from 'node:crypto';
import type { Random } from '@orrery/runtime';

/** etcd's clients know members and clusters by 64-bit numbers, here derived from the names: decimal. Never 0, which means none. */
export function identifierOf(name: string): string {
  const id = createHash('sha256').update(name).digest().readBigUInt64BE(0);
  return (id === 0n ? 1n : id).toString();
}

/** A lease's number where the client names none: any 63 bits, as etcd chooses them. */
export function anyLeaseId(random: Random): string {
  const high = BigInt(random.integer(2 ** 31));
  const low = BigInt(random.integer(2 ** 32));
  const id = (high << 32n) | low;
  return (id === 0n ? 1n : id).toString();
}
