import type { Subjects } from '@orrery/bus';
import { type Host, type LogFields, SeededIds, SeededRandom, type VirtualTime } from '@orrery/runtime';
import { type StorageConfig, StorageMember } from '@orrery/storage';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { Life } from '../machine/life.ts';
import { SkewedClock } from '../machine/skewed-clock.ts';
import type { SimulatedNetwork } from '../network/simulated-network.ts';
import { StoryLogger } from '../story/story-logger.ts';

/** Clocks of real machines differ by less. */
const CLOCK_DRIFT_MAX = 0.005;

export interface StorageMachineParts {
  readonly name: string;
  readonly seed: number;
  readonly time: VirtualTime;
  readonly network: SimulatedNetwork;
  readonly subjects: Subjects;
  /** `joins`: the machine has nothing, and the cluster exists. */
  readonly config: (joins: boolean) => StorageConfig;
  readonly log: (machine: string, level: 'info' | 'warn' | 'error', message: string, fields: LogFields) => void;
  /** The process could not start, or has given up; it is not running any more. */
  readonly died: (machine: StorageMachine, reason: unknown) => void;
}

/** A machine that runs one storage member, again and again. */
export class StorageMachine {
  readonly name: string;
  readonly clock: SkewedClock;
  readonly disk: SimulatedDisk;
  /** Its disk holds damaged data, or did until the last `renew`. */
  isRotten = false;
  /** An operator is at work: nobody else starts it. */
  isAway = false;
  #joins = false;
  #lives = 0;
  #life: Life | undefined;
  #member: StorageMember | undefined;

  constructor(private readonly parts: StorageMachineParts) {
    this.name = parts.name;
    const random = new SeededRandom(`${parts.seed}/${parts.name}`);
    this.clock = new SkewedClock(parts.time, 1 + (2 * random.next() - 1) * CLOCK_DRIFT_MAX);
    this.disk = new SimulatedDisk(parts.time, new SeededRandom(`${parts.seed}/${parts.name}/disk`));
  }

  get isRunning(): boolean {
    return this.#life !== undefined;
  }

  get member(): StorageMember | undefined {
    return this.#member;
  }

  start(): void {
    if (this.#life !== undefined || this.isAway) return;
    const { name, seed, network, subjects, log, died } = this.parts;
    const id = `${seed}/${name}/${++this.#lives}`;
    const logger = new StoryLogger((level, message, fields) => {
      if (!life.isOver) log(name, level, message, fields);
    });
    const life = new Life(this.clock, this.clock, new SeededRandom(id), new SeededIds(id), logger);
    const { clock, timers, random, ids } = life;
    const host: Host = { clock, timers, random, ids, logger, disk: this.disk.mount(life) };
    const member = new StorageMember(this.parts.config(this.#joins), host, network.connect(name, life), subjects);
    this.#life = life;
    this.#member = member;
    member.start().catch((reason: unknown) => {
      if (!life.isOver) died(this, reason);
    });
  }

  /** The process ends without a word. With `power` the machine does, and what the disk had not synced is in danger. */
  kill(options: { readonly power: boolean }): void {
    this.#life?.end();
    this.#life = undefined;
    this.#member = undefined;
    if (options.power) this.disk.crash();
  }

  /** The process ends as an operator asks it to. */
  async stop(options: { readonly handOver: boolean }): Promise<void> {
    const life = this.#life;
    await this.#member?.stop(options);
    if (life !== undefined && life === this.#life) this.kill({ power: false });
  }

  /** As an operator who has lost a machine: an empty disk, to be filled by the others. Not while it runs. */
  renew(): void {
    this.disk.wipe();
    this.isRotten = false;
    this.#joins = true;
  }

  pause(): void {
    this.#life?.pause();
  }

  resume(): void {
    this.#life?.resume();
  }
}
