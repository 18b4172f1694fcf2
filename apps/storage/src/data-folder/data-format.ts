import type { Disk } from '@orrery/runtime';
import { DataFormatError, ForeignDataError } from './data-format-errors.ts';
import type { DataIdentity } from './data-identity.ts';

/** Version of everything in the data folder. Raise it with each change that older releases cannot read. */
const DATA_FORMAT_VERSION = 2;

const FILE = 'format.json';

/** What `format.json` says. */
export type DataFormat =
  /** Nobody has used the folder. */
  | { readonly kind: 'none' }
  /** As releases before snapshots wrote it: one log from the first entry on, in `wal/`. */
  | { readonly kind: 'version-1' }
  | { readonly kind: 'current'; readonly identity: DataIdentity; readonly begun: boolean };

/** What a member is called, and how its folder is called in messages to the operator. */
export interface FolderOwner {
  readonly cluster: string;
  readonly member: string;
  readonly folder: string;
}

/** Throws `DataFormatError` and `ForeignDataError`. Changes nothing. */
export async function readDataFormat(disk: Disk, owner: FolderOwner): Promise<DataFormat> {
  const bytes = await disk.readFile(FILE);
  if (bytes === undefined) {
    const used =
      (await disk.list('wal')).length + (await disk.list('log')).length + (await disk.list('snapshots')).length;
    if (used > 0) throw new DataFormatError(owner.folder, 'unknown', DATA_FORMAT_VERSION);
    return { kind: 'none' };
  }
  const found = parse(new TextDecoder().decode(bytes));
  if (found?.version === 1) return { kind: 'version-1' };
  if (found?.version !== DATA_FORMAT_VERSION) {
    throw new DataFormatError(owner.folder, String(found?.version ?? 'unknown'), DATA_FORMAT_VERSION);
  }
  const { cluster, member, salt, joined, begun } = found;
  if (cluster !== owner.cluster || member !== owner.member) {
    const [theirs, ours] = [`${member} of cluster ${cluster}`, `${owner.member} of cluster ${owner.cluster}`];
    throw new ForeignDataError(owner.folder, theirs, ours);
  }
  return {
    kind: 'current',
    identity: { cluster, member, salt: Number(salt), joined: joined === true },
    begun: begun === true,
  };
}

/** `begun`: from now on a folder without a log has lost it. */
export async function writeDataFormat(disk: Disk, identity: DataIdentity, begun: boolean): Promise<void> {
  const content = { format: 'orrery-storage', version: DATA_FORMAT_VERSION, ...identity, begun };
  await disk.writeFile(FILE, new TextEncoder().encode(`${JSON.stringify(content)}\n`));
}

interface FormatFile extends Partial<DataIdentity> {
  readonly version?: unknown;
  readonly cluster: string;
  readonly member: string;
  readonly begun?: unknown;
}

function parse(text: string): FormatFile | undefined {
  try {
    const content = JSON.parse(text) as FormatFile & { format?: unknown };
    return content.format === 'orrery-storage' ? content : undefined;
  } catch {
    return undefined;
  }
}
