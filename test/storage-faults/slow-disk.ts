import { existsSync, mkdirSync, readFileSync, realpathSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Member } from './member.ts';

/** Where cgroups of version 1 limit what a process asks of block devices. Version 2 machines do not have it. */
const controller = '/sys/fs/cgroup/blkio';
const limitFile = 'blkio.throttle.write_iops_device';
/** Writes a second while the disk is slow: each acknowledged write needs a few. */
const writesPerSecond = 15;

/** Slows the writes of one member's process down, `fdatasync` with them. */
export class SlowDisk {
  readonly #group: string;
  readonly #device: string;

  constructor(private readonly member: Member) {
    this.#group = join(controller, `orrery-faults-${process.pid}-${member.name}`);
    this.#device = deviceOf(member.folder);
  }

  /** Can this machine slow down the disk on which `folder` lies? */
  static isPossible(folder: string): boolean {
    return existsSync(join(controller, limitFile)) && existsSync(`/sys/dev/block/${deviceOf(folder)}`);
  }

  begin(): void {
    const { processId } = this.member;
    if (processId === undefined) return;
    mkdirSync(this.#group, { recursive: true });
    writeFileSync(join(this.#group, limitFile), `${this.#device} ${writesPerSecond}`);
    writeFileSync(join(this.#group, 'cgroup.procs'), String(processId));
  }

  /** Twice is fine. */
  end(): void {
    if (!existsSync(this.#group)) return;
    writeFileSync(join(this.#group, limitFile), `${this.#device} 0`);
    for (const processId of readFileSync(join(this.#group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
      writeFileSync(join(controller, ownGroup(), 'cgroup.procs'), processId);
    }
    rmdirSync(this.#group);
  }
}

/** Where this process is, and where the member was. */
function ownGroup(): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  return /:blkio:(.*)$/.exec(lines.find((line) => line.includes(':blkio:')) ?? '')?.[1] ?? '';
}

/** `major:minor` of the whole device that a folder lies on, as Linux packs it into a file's device number. */
function deviceOf(folder: string): string {
  const { dev } = statSync(folder, { bigint: true });
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn);
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn);
  const own = `/sys/dev/block/${major}:${minor}`;
  // Limits hold for devices, not for their partitions.
  if (!existsSync(join(own, 'partition'))) return `${major}:${minor}`;
  return readFileSync(join(realpathSync(own), '../dev'), 'utf8').trim();
}
