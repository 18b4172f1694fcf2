import type { Volume } from '@orrery/api';
import type { PathKind, VolumeDriver } from './volume-driver.ts';
import { VolumeError } from './volume-error.ts';

const wanted: Record<string, { kind: PathKind; text: string }> = {
  Directory: { kind: 'folder', text: 'a directory' },
  File: { kind: 'file', text: 'a file' },
  Socket: { kind: 'socket', text: 'a socket file' },
  CharDevice: { kind: 'characterDevice', text: 'a character device' },
  BlockDevice: { kind: 'blockDevice', text: 'a block device' },
};

/** Checks a hostPath against its type, makes what the type says may be made, and answers the path. */
export async function checkHostPath(driver: VolumeDriver, source: NonNullable<Volume['hostPath']>): Promise<string> {
  const { path, type = '' } = source;
  if (type === '') return path;
  const kind = await driver.kindOf(path);
  if (type === 'DirectoryOrCreate' || type === 'FileOrCreate') {
    const expected: PathKind = type === 'FileOrCreate' ? 'file' : 'folder';
    if (kind === 'missing' && expected === 'folder') await driver.makeFolder(path, { mode: 0o755 });
    else if (kind === 'missing') await driver.writeFile(path, new Uint8Array(0), 0o644);
    else if (kind !== expected) throw wrongType(path, expected === 'file' ? 'a file' : 'a directory');
    return path;
  }
  const expected = wanted[type];
  if (!expected || kind !== expected.kind) throw wrongType(path, expected?.text ?? type);
  return path;
}

function wrongType(path: string, text: string): VolumeError {
  return new VolumeError(`hostPath type check failed: ${path} is not ${text}`);
}
