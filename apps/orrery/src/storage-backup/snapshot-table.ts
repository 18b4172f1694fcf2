import type { BackupStatus } from '@orrery/storage';

/** One line of comma-separated facts, as `etcdctl snapshot status` prints it: hash, revision, keys, size. */
export function snapshotTable({ hash, revision, totalKeys, totalBytes }: BackupStatus): string {
  return [hash.toString(16), revision, totalKeys, sizeText(totalBytes)].join(', ');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Powers of 1,000; one decimal below ten; otherwise whole, and a half goes to the even neighbour. */
function sizeText(bytes: number): string {
  const power = bytes < 10 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const tenths = Math.floor((bytes / 1_000 ** power) * 10 + 0.5);
  const whole = tenths % 20 === 5 ? Math.floor(tenths / 10) : Math.round(tenths / 10);
  return `${power > 0 && tenths < 100 ? (tenths / 10).toFixed(1) : whole} ${UNITS[power]}`;
}
