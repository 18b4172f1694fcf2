/** Appends that were sent ahead and are not answered yet: at most `countMax`, and no further one when they hold `bytesMax` bytes (10.2.1). */
export class InflightWindow {
  /** Last index and size of each, ascending; those before `#first` are answered. */
  #lasts: number[] = [];
  #sizes: number[] = [];
  #first = 0;
  #bytes = 0;

  constructor(
    private readonly countMax: number,
    private readonly bytesMax: number,
  ) {}

  get count(): number {
    return this.#lasts.length - this.#first;
  }
  get bytes(): number {
    return this.#bytes;
  }
  get isFull(): boolean {
    return this.count >= this.countMax || this.#bytes >= this.bytesMax;
  }

  add(lastIndex: number, bytes: number): void {
    this.#lasts.push(lastIndex);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** Everything up to `index` has arrived. */
  freeTo(index: number): void {
    while (this.count > 0 && (this.#lasts[this.#first] as number) <= index) this.freeFirst();
  }

  /** Makes room for one: the answer to the first may have been lost. */
  freeFirst(): void {
    if (this.count === 0) return;
    this.#bytes -= this.#sizes[this.#first] as number;
    this.#first++;
    if (this.#first < this.countMax) return;
    this.#lasts = this.#lasts.slice(this.#first);
    this.#sizes = this.#sizes.slice(this.#first);
    this.#first = 0;
  }

  clear(): void {
    this.#lasts = [];
    this.#sizes = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}
