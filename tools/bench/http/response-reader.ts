const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const nothing = Buffer.alloc(0);

/** Finds the end of each HTTP/1.1 response in a stream of bytes; knows `content-length` and chunks, and no other framing. */
export class ResponseReader {
  keepsBody = false;
  private bytes: Buffer = nothing;
  private status = 0;
  private state: 'head' | 'body' | 'chunk-head' | 'chunk' | 'trailer' = 'head';
  /** Bytes of the body, or of the chunk and its line end, still to come. */
  private missing = 0;
  private parts: Buffer[] = [];

  get body(): Buffer {
    return Buffer.concat(this.parts);
  }

  /** Answers the status when the response is complete with these bytes. */
  read(bytes: Buffer): number | undefined {
    this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
    while (this.step()) if (this.state === 'head') return this.status;
    return undefined;
  }

  /** Takes one part of a response; false when more bytes are needed first. */
  private step(): boolean {
    switch (this.state) {
      case 'head':
        return this.head();
      case 'body':
        return this.content('head', 0);
      case 'chunk':
        return this.content('chunk-head', lineEnd.length);
      case 'chunk-head':
        return this.chunkHead();
      case 'trailer':
        return this.line() !== undefined && this.become('head');
      default:
        return this.state satisfies never;
    }
  }

  private head(): boolean {
    const end = this.bytes.indexOf(headEnd);
    if (end < 0) return false;
    const text = this.take(end + headEnd.length).toString('latin1');
    this.status = Number(text.slice(9, 12));
    this.parts = [];
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    this.missing = Number(length ?? 0);
    if (length === undefined) return this.become('chunk-head');
    return this.become(this.missing === 0 ? 'head' : 'body');
  }

  private content(next: 'head' | 'chunk-head', tail: number): boolean {
    if (this.bytes.length === 0) return false;
    const part = this.take(Math.min(this.missing, this.bytes.length));
    this.missing -= part.length;
    if (this.keepsBody) this.parts.push(part.subarray(0, part.length - Math.max(0, tail - this.missing)));
    return this.missing > 0 || this.become(next);
  }

  private chunkHead(): boolean {
    const line = this.line();
    if (line === undefined) return false;
    const size = Number.parseInt(line, 16);
    this.missing = size + lineEnd.length;
    return this.become(size === 0 ? 'trailer' : 'chunk');
  }

  private line(): string | undefined {
    const end = this.bytes.indexOf(lineEnd);
    return end < 0 ? undefined : this.take(end + lineEnd.length).toString('latin1', 0, end);
  }

  private take(size: number): Buffer {
    const taken = this.bytes.subarray(0, size);
    this.bytes = this.bytes.length === size ? nothing : this.bytes.subarray(size);
    return taken;
  }

  private become(state: ResponseReader['state']): true {
    this.state = state;
    return true;
  }
}
