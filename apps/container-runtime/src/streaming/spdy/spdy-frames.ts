/** SPDY/3.1 frames as kubectl and client-go use them (draft-mbelshe-httpbis-spdy-00, section 2.6). */
export type SpdyFrame =
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly data: Uint8Array }
  | { readonly type: 'synStream'; readonly streamId: number; readonly fin: boolean; readonly headerBlock: Uint8Array }
  | { readonly type: 'synReply'; readonly streamId: number; readonly fin: boolean; readonly headerBlock: Uint8Array }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway' }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number }
  | { readonly type: 'other' };

const flagFin = 1;

/** The frames at the start of `bytes`, and how many bytes they took; the rest waits for more. */
export function decodeFrames(bytes: Buffer): { frames: SpdyFrame[]; consumed: number } {
  const frames: SpdyFrame[] = [];
  let at = 0;
  while (bytes.length - at >= 8) {
    const length = bytes.readUIntBE(at + 5, 3);
    if (bytes.length - at < 8 + length) break;
    frames.push(decodeFrame(bytes.subarray(at, at + 8), bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return { frames, consumed: at };
}

function decodeFrame(header: Buffer, body: Buffer): SpdyFrame {
  const fin = ((header[4] ?? 0) & flagFin) !== 0;
  if (((header[0] ?? 0) & 0x80) === 0) return { type: 'data', streamId: header.readUInt32BE(0), fin, data: body };
  const id = body.length >= 4 ? body.readUInt32BE(0) & 0x7fffffff : 0;
  switch (header.readUInt16BE(2)) {
    case 1:
      return { type: 'synStream', streamId: id, fin, headerBlock: body.subarray(10) };
    case 2:
      return { type: 'synReply', streamId: id, fin, headerBlock: body.subarray(4) };
    case 3:
      return { type: 'rstStream', streamId: id, status: body.readUInt32BE(4) };
    case 6:
      return { type: 'ping', id: body.readUInt32BE(0) };
    case 7:
      return { type: 'goAway' };
    case 9:
      return { type: 'windowUpdate', streamId: id, delta: body.readUInt32BE(4) & 0x7fffffff };
    default:
      return { type: 'other' };
  }
}

export function encodeFrame(frame: Exclude<SpdyFrame, { type: 'other' }>): Buffer {
  switch (frame.type) {
    case 'data': {
      const header = Buffer.alloc(8);
      header.writeUInt32BE(frame.streamId, 0);
      header.writeUInt32BE((frame.fin ? flagFin << 24 : 0) + frame.data.length, 4);
      return Buffer.concat([header, frame.data]);
    }
    case 'synStream':
      return control(1, frame.fin, Buffer.concat([uint32(frame.streamId, 0), Buffer.alloc(2), frame.headerBlock]));
    case 'synReply':
      return control(2, frame.fin, Buffer.concat([uint32(frame.streamId), frame.headerBlock]));
    case 'rstStream':
      return control(3, false, uint32(frame.streamId, frame.status));
    case 'ping':
      return control(6, false, uint32(frame.id));
    case 'goAway':
      return control(7, false, uint32(0, 0));
    case 'windowUpdate':
      return control(9, false, uint32(frame.streamId, frame.delta));
  }
}

function control(type: number, fin: boolean, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(0x8003, 0);
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE((fin ? flagFin << 24 : 0) + body.length, 4);
  return Buffer.concat([header, body]);
}

function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, at * 4);
  return bytes;
}
