import type { Disk } from '@orrery/runtime';
import type { FolderOptions, PathKind, PayloadFile, VolumeDriver } from './volume-driver.ts';

/**
 * Volumes of simulated pods: files on a disk that is shared with the simulated runtime, so that commands in containers see them. Paths
 * below `root` are on the disk, without that start; every other path counts as a folder that is there.
 */
export class MemoryVolumes implements VolumeDriver {
  private readonly folders = new Set<string>();

  constructor(
    private readonly disk: Disk,
    private readonly root: string,
  ) {}

  async makeFolder(path: string, _options?: FolderOptions): Promise<void> {
    if (this.isOurs(path)) this.folders.add(path);
  }

  async writePayload(folder: string, files: readonly PayloadFile[]): Promise<void> {
    this.folders.add(folder);
    await this.disk.remove(this.onDisk(folder));
    for (const file of files) await this.disk.writeFile(this.onDisk(`${folder}/${file.path}`), file.data);
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    if (this.isOurs(path)) await this.disk.writeFile(this.onDisk(path), data);
  }

  async readFile(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
    if (!this.isOurs(path)) return undefined;
    return (await this.disk.readFile(this.onDisk(path)))?.subarray(0, bytesMax);
  }

  async kindOf(path: string): Promise<PathKind> {
    if (!this.isOurs(path) || this.folders.has(path)) return 'folder';
    if ((await this.disk.list(this.onDisk(path))).length > 0) return 'folder';
    return (await this.disk.readFile(this.onDisk(path))) ? 'file' : 'missing';
  }

  async resolveInside(folder: string, path: string): Promise<string | undefined> {
    return `${folder}/${path}`;
  }

  async list(path: string): Promise<string[]> {
    return this.isOurs(path) ? this.disk.list(this.onDisk(path)) : [];
  }

  async remove(path: string): Promise<void> {
    if (this.isOurs(path)) await this.disk.remove(this.onDisk(path));
    for (const folder of [...this.folders]) {
      if (folder === path || folder.startsWith(`${path}/`)) this.folders.delete(folder);
    }
  }

  private isOurs(path: string): boolean {
    return path.startsWith(`${this.root}/`);
  }

  private onDisk(path: string): string {
    return path.slice(this.root.length + 1);
  }
}
