import type { Disk } from '@orrery/runtime';

/** A folder of the pretended machine: paths below `folder` are on `disk`, without that start. */
export interface HostFolder {
  readonly disk: Disk;
  /** Absolute, without a slash at the end. */
  readonly folder: string;
}

/** Where `path` is on the folder's disk; `undefined` where it is outside. */
export function pathOnDisk({ folder }: HostFolder, path: string): string | undefined {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).replace(/\/+/g, '/') : undefined;
}
