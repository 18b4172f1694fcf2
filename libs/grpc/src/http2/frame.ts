/** Types of frames (RFC 9113, 6). */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 0x1, acknowledge: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** RFC 9113, 7. */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** The peer broke the protocol; the whole connection ends with `code`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  constructor(
    readonly code: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const FRAME_HEAD_BYTES = 9;
/** Largest flow control window and largest stream number (RFC 9113, 6.9.1). */
export const WINDOW_MAX = 2 ** 31 - 1;
export const WINDOW_DEFAULT = 65_535;
export const FRAME_BYTES_DEFAULT = 16_384;
/** What a client sends first (RFC 9113, 3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Writes a frame's head into `target` at `at`. */
export function writeFrameHead(
  target: Buffer,
  at: number,
  bytes: number,
  type: number,
  flags: number,
  stream: number,
): void {
  target.writeUIntBE(bytes, at, 3);
  target[at + 3] = type;
  target[at + 4] = flags;
  target.writeUInt32BE(stream, at + 5);
}

export function encodeFrame(type: number, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
  writeFrameHead(bytes, 0, payload.length, type, flags, stream);
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

export function encodeUint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function encodeSettings(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const bytes = Buffer.allocUnsafe(settings.length * 6);
  settings.forEach(([id, value], at) => {
    bytes.writeUInt16BE(id, at * 6);
    bytes.writeUInt32BE(value, at * 6 + 2);
  });
  return encodeFrame(FrameType.settings, 0, 0, bytes);
}

/** The payload without padding (RFC 9113, 6.1). Throws `ConnectionError`. */
export function withoutPadding({ flags, payload }: Frame): Buffer {
  if ((flags & Flag.padded) === 0) return payload;
  const padding = payload[0] ?? 0;
  if (padding >= payload.length) throw new ConnectionError(ErrorCode.protocolError, 'padding longer than the frame');
  return payload.subarray(1, payload.length - padding);
}

const NOTHING = new Uint8Array(0);
