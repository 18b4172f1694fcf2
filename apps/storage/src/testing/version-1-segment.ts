import { crc32c } from '@orrery/kv';
import { raftv1 } from '@orrery/proto';
import type { Disk } from '@orrery/runtime';

/** A segment as releases with data format 1 wrote it. */
export async function writeVersion1Segment(
  disk: Disk,
  sequence: number,
  records: readonly (raftv1.Entry | raftv1.HardState)[],
): Promise<void> {
  const path = `wal/${String(sequence).padStart(16, '0')}.wal`;
  await disk.writeFile(path, Buffer.concat(records.map(encode)));
}

function encode(record: raftv1.Entry | raftv1.HardState): Buffer {
  const isEntry = 'index' in record;
  const message = isEntry ? raftv1.Entry.encode(record).finish() : raftv1.HardState.encode(record).finish();
  const body = Buffer.concat([Buffer.from([isEntry ? 1 : 2]), message]);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(crc32c(body), 4);
  return Buffer.concat([head, body]);
}
