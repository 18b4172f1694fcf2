import type { Disk } from '@orrery/runtime';

/** Layout of the data folder; a number that this code does not know is refused instead of guessed at. */
const FORMAT = 1;
const file = 'orrery.json';

/** The folder holds data that this version cannot read. Nothing was changed in it. */
export class DataFolderVersionError extends Error {
  override readonly name = 'DataFolderVersionError';
  constructor(
    readonly folder: string,
    readonly found: string,
  ) {
    super(
      `the data folder ${folder} has format ${found}; this version of orrery reads format ${FORMAT}. ` +
        'Start the version that wrote it, name another folder with --data, or remove the folder to begin anew',
    );
  }
}

/** Marks a new data folder as ours, or checks the mark of an existing one. Throws `DataFolderVersionError`. */
export async function claimDataFolder(disk: Disk, folder: string): Promise<void> {
  const content = await disk.readFile(file);
  if (!content) {
    await disk.writeFile(file, Buffer.from(`${JSON.stringify({ format: FORMAT })}\n`));
    return;
  }
  const text = Buffer.from(content).toString('utf8');
  const found = formatIn(text);
  if (found !== FORMAT) throw new DataFolderVersionError(folder, String(found ?? `"${text.trim().slice(0, 40)}"`));
}

function formatIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { format?: unknown }).format;
  } catch {
    return undefined;
  }
}
