/** First in, first out, in constant time however many wait. */
export class Fifo<Value> {
  private values: Value[] = [];
  private head = 0;

  get size(): number {
    return this.values.length - this.head;
  }

  push(value: Value): void {
    this.values.push(value);
  }

  shift(): Value | undefined {
    if (this.size === 0) return undefined;
    const value = this.values[this.head];
    this.head += 1;
    if (this.head === this.values.length) this.clear();
    else if (this.head >= 1_024 && this.head > this.values.length / 2) this.compact();
    return value;
  }

  clear(): void {
    this.values = [];
    this.head = 0;
  }

  private compact(): void {
    this.values = this.values.slice(this.head);
    this.head = 0;
  }
}
