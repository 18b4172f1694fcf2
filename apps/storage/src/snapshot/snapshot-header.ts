import { raftv1 } from '@orrery/proto';
import { checksum } from '../wal/checksum.ts';
import { SnapshotVersionError } from './snapshot-errors.ts';

/** What stands before the body. Written last, so that a file with a header is whole. */
export const HEADER_BYTES = 4096;

const MAGIC = 'ORRERYSNAP\0\0';
const SNAPSHOT_VERSION = 2;

export interface SnapshotHeader {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly meta: raftv1.SnapshotMeta;
}

/** Magic (12 bytes), checksum (u32) of what follows, version (u32), lengths of name and meta (u16 each), name, meta. */
export function encodeSnapshotHeader({ cluster, meta }: SnapshotHeader): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const name = Buffer.from(cluster);
  const encoded = raftv1.SnapshotMeta.encode(meta).finish();
  if (24 + name.length + encoded.length > HEADER_BYTES)
    throw new RangeError(`${encoded.length} bytes of snapshot meta`);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(SNAPSHOT_VERSION, 16);
  bytes.writeUInt16LE(name.length, 20);
  bytes.writeUInt16LE(encoded.length, 22);
  bytes.set(name, 24);
  bytes.set(encoded, 24 + name.length);
  bytes.writeUInt32LE(checksum(bytes.subarray(16)), 12);
  return bytes;
}

/** `undefined` where this is no header, or a damaged one. Throws `SnapshotVersionError` for one of a newer release. */
export function decodeSnapshotHeader(data: Uint8Array): SnapshotHeader | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(12) !== checksum(bytes.subarray(16))) return undefined;
  const version = bytes.readUInt32LE(16);
  if (version > SNAPSHOT_VERSION) throw new SnapshotVersionError(version, SNAPSHOT_VERSION);
  const nameEnd = 24 + bytes.readUInt16LE(20);
  const meta = raftv1.SnapshotMeta.decode(new Uint8Array(bytes.subarray(nameEnd, nameEnd + bytes.readUInt16LE(22))));
  return { cluster: bytes.toString('utf8', 24, nameEnd), meta };
}
