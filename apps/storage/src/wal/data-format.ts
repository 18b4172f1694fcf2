import type { Disk } from '@orrery/runtime';

/** Version of everything in the data folder. Raise it with each change that older releases cannot read. */
export const DATA_FORMAT_VERSION = 1;

const FILE = 'format.json';

/** The data folder was written by another release. Nothing in it was touched. */
export class DataFormatError extends Error {
  override readonly name = 'DataFormatError';
  constructor(
    readonly folder: string,
    readonly found: string,
    readonly supported: number,
  ) {
    super(
      `the data folder ${folder} has format version ${found}, this release supports version ${supported}: ` +
        'start the release that wrote it, or move the folder away to begin with an empty cluster',
    );
  }
}

/** Checks that this release can read the folder; marks an empty one as its own. Throws `DataFormatError`. */
export async function checkDataFormat(disk: Disk, folder: string): Promise<void> {
  const bytes = await disk.readFile(FILE);
  if (bytes === undefined) {
    if ((await disk.list('wal')).length > 0) throw new DataFormatError(folder, 'unknown', DATA_FORMAT_VERSION);
    const content = `${JSON.stringify({ format: 'orrery-storage', version: DATA_FORMAT_VERSION })}\n`;
    await disk.writeFile(FILE, new TextEncoder().encode(content));
    return;
  }
  const found = versionOf(new TextDecoder().decode(bytes));
  if (found !== String(DATA_FORMAT_VERSION)) throw new DataFormatError(folder, found, DATA_FORMAT_VERSION);
}

function versionOf(text: string): string {
  try {
    const { format, version } = JSON.parse(text) as { format?: unknown; version?: unknown };
    return format === 'orrery-storage' ? String(version) : 'unknown';
  } catch {
    return 'unknown';
  }
}
