import type { Disk } from './disk.ts';

/** One folder of a disk, as a disk of its own. */
export function subDisk(disk: Disk, folder: string): Disk {
  const below = (path: string): string => `${folder}/${path}`;
  return {
    open: (path) => disk.open(below(path)),
    readFile: (path) => disk.readFile(below(path)),
    writeFile: (path, data) => disk.writeFile(below(path), data),
    rename: (from, to) => disk.rename(below(from), below(to)),
    list: (path) => disk.list(below(path)),
    remove: (path) => disk.remove(below(path)),
  };
}
