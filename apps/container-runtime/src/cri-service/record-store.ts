import { CriError } from '@orrery/cri';
import type { Disk, Logger } from '@orrery/runtime';
import { decodeRecord, encodeRecord } from './record-json.ts';
import type { ContainerRecord, SandboxRecord } from './records.ts';

/**
 * The sandboxes and containers that exist, in the order of their making. With a disk, each is also a file there, written before the
 * change it describes is acknowledged.
 */
export class RecordStore {
  readonly sandboxes = new Map<string, SandboxRecord>();
  readonly containers = new Map<string, ContainerRecord>();

  constructor(
    private readonly disk: Disk | undefined,
    private readonly logger: Logger,
  ) {}

  async load(): Promise<void> {
    if (!this.disk) return;
    await this.loadInto(this.disk, 'sandboxes', this.sandboxes);
    await this.loadInto(this.disk, 'containers', this.containers);
  }

  async saveSandbox(record: SandboxRecord): Promise<void> {
    this.sandboxes.set(record.id, record);
    await this.disk?.writeFile(`sandboxes/${record.id}.json`, encodeRecord(record));
  }

  async saveContainer(record: ContainerRecord): Promise<void> {
    this.containers.set(record.id, record);
    await this.disk?.writeFile(`containers/${record.id}.json`, encodeRecord(record));
  }

  async forgetSandbox(id: string): Promise<void> {
    await this.disk?.remove(`sandboxes/${id}.json`);
    this.sandboxes.delete(id);
  }

  async forgetContainer(id: string): Promise<void> {
    await this.disk?.remove(`containers/${id}.json`);
    this.containers.delete(id);
  }

  /** By id, or by the start of one that no other has. */
  findSandbox(id: string): SandboxRecord | undefined {
    return findByPrefix(this.sandboxes, id);
  }

  findContainer(id: string): ContainerRecord | undefined {
    return findByPrefix(this.containers, id);
  }

  sandbox(id: string): SandboxRecord {
    const found = this.findSandbox(id);
    if (!found) throw new CriError('notFound', `an error occurred when try to find sandbox "${id}": not found`);
    return found;
  }

  container(id: string): ContainerRecord {
    const found = this.findContainer(id);
    if (!found) throw new CriError('notFound', `an error occurred when try to find container "${id}": not found`);
    return found;
  }

  containersOf(sandboxId: string): ContainerRecord[] {
    return [...this.containers.values()].filter((container) => container.sandboxId === sandboxId);
  }

  private async loadInto<T extends { id: string; createdAt: bigint }>(
    disk: Disk,
    folder: string,
    into: Map<string, T>,
  ) {
    const records: T[] = [];
    for (const file of await disk.list(folder)) {
      const bytes = await disk.readFile(`${folder}/${file}`);
      const record = bytes && decodeRecord<T>(bytes);
      if (record) records.push(record);
      else this.logger.error('unreadable record ignored', { folder, file });
    }
    records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
    for (const record of records) into.set(record.id, record);
  }
}

function findByPrefix<T>(records: Map<string, T>, id: string): T | undefined {
  const exact = records.get(id);
  if (exact || id === '') return exact;
  let found: T | undefined;
  for (const [key, record] of records) {
    if (!key.startsWith(id)) continue;
    if (found) return undefined;
    found = record;
  }
  return found;
}
